"""Headlines that people have labelled, read from CSV."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from functions.errors import InputRejected
from functions.sentiment.classifier.opinion import Stance
from functions.sentiment.text.plain import plain

_SIDES = {str(side.value): side for side in Stance} | {"+1": Stance.BULLISH}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A headline as it is scored, what people say it is, and its day where the file says it (ISO), else an empty text."""

    headline: str
    stance: Stance
    day: str


def labelled_headlines(lines: Iterable[str]) -> list[Labelled]:
    """Read a CSV file with the columns `title` and `label` (-1, 0, 1) and perhaps `date`.

    The same headline in the same words counts once: a second one would be known from the first.

    Raises:
        InputRejected: a column or a label is missing or wrong, or there is no headline.
    """
    table = csv.DictReader(lines)
    missing = {"title", "label"} - set(table.fieldnames or ())
    if missing:
        raise InputRejected("wrong_labels", f"expected the columns title and label, got {', '.join(table.fieldnames or ())}")
    read: dict[str, Labelled] = {}
    for row in table:
        side = _SIDES.get((row["label"] or "").strip().removesuffix(".0"))
        if side is None:
            raise InputRejected("wrong_labels", f"line {table.line_num}: expected a label -1, 0 or 1, got {row['label']!r}")
        text = plain(row["title"] or "")
        read.setdefault(text.casefold(), Labelled(text, side, (row.get("date") or "").strip()[:10]))
    read.pop("", None)
    if not read:
        raise InputRejected("wrong_labels", "expected at least one headline with its label, got none")
    return list(read.values())
