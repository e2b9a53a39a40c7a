"""`quorum sentiment-eval` and `quorum sentiment-train`: how well headlines are judged, and a head of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from functions.sentiment.learning.measures import TrialFigures
    from functions.settings import Settings

Labels = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns title and label (-1, 0, 1)")]
OptionalLabels = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns title and label (-1, 0, 1)")
]
HeadFile = Annotated[Path | None, typer.Option("--head", help="the head's file; by default the shipped one")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")]


def sentiment_eval(
    file: Labels,
    head: HeadFile = None,
    room: Annotated[Literal["embedding", "lexicon", "llm"], typer.Option(help="who is judged")] = "embedding",
    *,
    placeholders: Annotated[
        bool | None, typer.Option("--placeholders/--names", help="whether the model sees coins' names; by default as .env says")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a classifier on labelled headlines; none is judged by a head that has learnt from it."""
    import orjson

    from functions.sentiment.classifier.head import SHIPPED
    from functions.sentiment.run.learning import evaluate

    figures = _model_figures(file, placeholders) if room == "llm" else evaluate(file, head or SHIPPED, room)
    if as_json:
        typer.echo(orjson.dumps(figures).decode())
        return
    for line in _lines(figures):
        typer.echo(line)


def sentiment_train(
    file: OptionalLabels = None,
    head: HeadFile = None,
    notice: Annotated[str, typer.Option(help="what the labels are, kept with the head")] = "Learnt from a user's own labels.",
    *,
    desk: Annotated[bool, typer.Option("--desk", help="let it judge on this desk, instead of writing a file")] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="learn from what the language model answered on this desk; FILE then only judges")
    ] = False,
    shipped: Annotated[bool, typer.Option("--shipped", help="let the shipped head judge on this desk again")] = False,
    as_json: AsJson = False,
) -> None:
    """Learn a head from labelled headlines; it is taken only if it wins on labels kept aside from its training."""
    import orjson

    from functions.errors import InputRejected
    from functions.sentiment.classifier.head import SHIPPED
    from functions.sentiment.run.learning import train
    from functions.sentiment.run.own_head import train_own, use_shipped

    if shipped:
        with _desk() as (_, engine):
            use_shipped(engine)
        typer.echo("the shipped head judges on this desk")
        return
    if file is None and not answers:
        raise InputRejected("no_labels", "expected a file of labels, or --answers")
    where = "on this desk" if desk or answers else f"in {head or SHIPPED}"
    if desk or answers:
        with _desk() as (_, engine):
            trained = train_own(engine, file, notice, answers=answers)
    elif file is not None:
        trained = train(file, head or SHIPPED, notice)
    if as_json:
        document = {"taken": trained.taken, "rival": trained.rival, "new": trained.new.as_row(), "old": trained.old.as_row()}
        typer.echo(orjson.dumps(document).decode())
        return
    typer.echo(f"on {trained.new.n} labels that neither has learnt from: {_short(trained.new)}")
    typer.echo(f"{trained.rival} there: {_short(trained.old)}")
    typer.echo(f"taken: it judges from now on {where}" if trained.taken else "not taken; the head is as it was")


@contextmanager
def _desk() -> "Iterator[tuple[Settings, Engine]]":
    """Yield the settings of this desk and connections to its database."""
    from db.connect import engine_for
    from functions.settings import Settings

    settings = Settings.load()
    engine = engine_for(settings.database("functions"), application="quorum-sentiment-command")
    try:
        yield settings, engine
    finally:
        engine.dispose()


def _model_figures(file: Path, placeholders: bool | None) -> dict[str, Any]:
    from math import inf

    from functions.errors import Conflict
    from functions.sentiment.run.llm import LlmRoom
    from functions.sentiment.run.model_trial import evaluate_model

    with _desk() as (settings, engine):
        if not settings.llm_model:
            raise Conflict("no_model", "LLM_MODEL is not set: there is no model to judge")
        room = LlmRoom(settings, engine, settings.clock.now(), seconds=inf, placeholders=placeholders)
        return evaluate_model(file, room)


def _lines(figures: dict[str, Any]) -> list[str]:
    head = (
        f"{figures['n']} headlines: accuracy {figures['accuracy']:.3f}, macro-F1 {figures['macro_f1']:.3f}, "
        f"swaps {figures['swaps']:.1%}, accuracy on the surest 60% {figures['coverage_60']:.3f}"
    )
    left = [f"{figures['left_out']} headlines are left out"] if figures.get("left_out") else []
    if figures.get("closed"):
        left.append(f"not all are judged: {figures['closed']}")
    classes = [
        f"{name}: {one['n']} labelled, precision {one['precision']:.3f}, recall {one['recall']:.3f}, F1 {one['f1']:.3f}"
        for name, one in figures["per_class"].items()
    ]
    trials = [
        f"{title}: accuracy {trial['accuracy']:.3f}, macro-F1 {trial['macro_f1']:.3f}"
        for title, trial in (("cross-validated", figures.get("cross_validated")), ("forward in time", figures.get("forward")))
        if trial
    ]
    return [head, *left, *classes, *trials]


def _short(measures: "TrialFigures") -> str:
    return f"accuracy {measures.accuracy:.3f}, macro-F1 {measures.macro_f1:.3f}"
