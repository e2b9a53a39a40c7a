"""A desk's own head: learnt from its trader's labels or from what the language model answered, and kept where it judges."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from functions.clock import wall_now
from functions.factors.reading import MARKET
from functions.sentiment import store
from functions.sentiment.classifier.embedding import Embed
from functions.sentiment.learning.labelled import Labelled
from functions.sentiment.model.headline import INSTRUCTIONS, prompt_hash
from functions.sentiment.model.marking import new_marker
from functions.sentiment.model.verdict import Unusable, verdicts
from functions.sentiment.run.heads import head_in_use
from functions.sentiment.run.learning import Trained, learn, read_labelled
from functions.sentiment.store import ModelAnswer

FROM_ANSWERS = "Learnt from what {models} answered on this desk."


def train_own(engine: Engine, file: Path | None, notice: str, *, answers: bool, embed: Embed | None = None) -> Trained:
    """Learn a head from labels, and let it judge on this desk if it wins.

    Args:
        engine: of the desk.
        file: labelled headlines. With `answers` they are kept aside: heads are judged on them and learn nothing from them.
        notice: what the file's labels are.
        answers: learn from what the model answered, instead of from the file.
        embed: makes the vectors; by default the embedding of the wheel.

    Raises:
        InputRejected: the file cannot be read, or there are too few headlines.
        Conflict: the embedding does not run on this machine.
    """
    labels, judge = (read_labelled(file) if file else []), []
    if answers:
        with engine.connect() as connection:
            said = store.usable_answers(connection, prompt_hash())
        labels, judge = labelled_by_model(said), labels
        notice = FROM_ANSWERS.format(models=", ".join(sorted({answer.model for answer in said})) or "no model")
    trained = learn(labels, head_in_use(engine), notice, judge=judge, embed=embed)
    if trained.head:
        figures = {"rival": trained.rival, "new": trained.new.as_row(), "old": trained.old.as_row()}
        with engine.begin() as connection:
            store.keep_head(connection, trained.head.to_json().decode(), figures, wall_now())
    return trained


def use_shipped(engine: Engine) -> None:
    """Let the shipped head judge again; what was learnt stays on record."""
    with engine.begin() as connection:
        store.keep_head(connection, "", {}, wall_now())


def labelled_by_model(answers: Sequence[ModelAnswer]) -> list[Labelled]:
    """Return the headlines that a model judged for the market as a whole, without its abstentions; each once."""
    labelled: dict[str, Labelled] = {}
    for answer in answers:
        try:
            said = verdicts(answer.answer, answer.subjects, new_marker(), INSTRUCTIONS)
        except Unusable:  # it was usable to an earlier version
            continue
        for verdict in said:
            if verdict.subject == MARKET and verdict.opinion.speaks:
                one = Labelled(answer.words, verdict.opinion.stance, answer.first_seen_at.date().isoformat())
                labelled.setdefault(answer.words.casefold(), one)
    return list(labelled.values())
