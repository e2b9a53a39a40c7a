"""`quorum sentiment-eval` and `quorum sentiment-train`: how well headlines are judged, and a head of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from functions.sentiment.learning.measures import TrialFigures

Labels = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns title and label (-1, 0, 1)")]
HeadFile = Annotated[Path | None, typer.Option("--head", help="the head's file; by default the shipped one")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")]


def sentiment_eval(
    file: Labels,
    head: HeadFile = None,
    room: Annotated[Literal["embedding", "lexicon"], typer.Option(help="who is judged")] = "embedding",
    as_json: AsJson = False,
) -> None:
    """Judge the keyless classifier on labelled headlines; none is judged by a head that has learnt from it."""
    import orjson

    from functions.sentiment.classifier.head import SHIPPED
    from functions.sentiment.run.learning import evaluate

    figures = evaluate(file, head or SHIPPED, room)
    if as_json:
        typer.echo(orjson.dumps(figures).decode())
        return
    for line in _lines(figures):
        typer.echo(line)


def sentiment_train(
    file: Labels,
    head: HeadFile = None,
    notice: Annotated[str, typer.Option(help="what the labels are, kept with the head")] = "Learnt from a user's own labels.",
    as_json: AsJson = False,
) -> None:
    """Learn a head from labelled headlines; it is taken only if it wins on labels kept aside from its training."""
    import orjson

    from functions.sentiment.classifier.head import SHIPPED
    from functions.sentiment.run.learning import train

    trained = train(file, head or SHIPPED, notice)
    if as_json:
        document = {"taken": trained.taken, "rival": trained.rival, "new": trained.new.as_row(), "old": trained.old.as_row()}
        typer.echo(orjson.dumps(document).decode())
        return
    typer.echo(
        f"on {trained.new.n} labels, each kept aside once: new {_short(trained.new)}, {trained.rival} {_short(trained.old)}"
    )
    typer.echo(f"taken and written to {head or SHIPPED}" if trained.taken else "not taken; the head is as it was")


def _lines(figures: dict[str, Any]) -> list[str]:
    head = (
        f"{figures['n']} headlines: accuracy {figures['accuracy']:.3f}, macro-F1 {figures['macro_f1']:.3f}, "
        f"swaps {figures['swaps']:.1%}, accuracy on the surest 60% {figures['coverage_60']:.3f}"
    )
    classes = [
        f"{name}: {one['n']} labelled, precision {one['precision']:.3f}, recall {one['recall']:.3f}, F1 {one['f1']:.3f}"
        for name, one in figures["per_class"].items()
    ]
    trials = [
        f"{title}: accuracy {trial['accuracy']:.3f}, macro-F1 {trial['macro_f1']:.3f}"
        for title, trial in (("cross-validated", figures.get("cross_validated")), ("forward in time", figures.get("forward")))
        if trial
    ]
    return [head, *classes, *trials]


def _short(measures: "TrialFigures") -> str:
    return f"accuracy {measures.accuracy:.3f}, macro-F1 {measures.macro_f1:.3f}"
