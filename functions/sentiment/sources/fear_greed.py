"""Fear & Greed of alternative.me: one number a day, 0 (extreme fear) to 100 (extreme greed). Needs no key.

Source: https://alternative.me/crypto/fear-and-greed-index/, whose terms ask to name it beside the number.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from functions.errors import Broken
from functions.factors.context import fear_greed_factor
from functions.factors.reading import MARKET, Factor, FactorReading
from functions.factors.rules import FactorRules
from functions.outgoing import Source, get_json

NAME = "fear_greed"
LIFE = timedelta(hours=36)  # a day's number, and half a day of being late


def read(source: Source) -> FactorReading:
    """Return today's number.

    Raises:
        RetryLater: it does not answer.
        Broken: it refuses, or its answer has no number.
    """
    return reading_of(get_json(source, "/fng/", {"limit": 1}))


def reading_of(answer: Any) -> FactorReading:
    """Read an answer; all its values are texts, the newest day comes first.

    Raises:
        Broken: it has no number from 0 to 100.
    """
    try:
        row = answer["data"][0]
        index, day = int(row["value"]), datetime.fromtimestamp(int(row["timestamp"]), UTC)
        stale_at = day + LIFE
        label = str(row["value_classification"])[:40]
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Broken("source_unreadable", f"expected a Fear & Greed number, got {error!r}") from error
    if not 0 <= index <= 100:
        raise Broken("source_unreadable", f"expected a Fear & Greed number from 0 to 100, got {index}")
    said = fear_greed_factor(np.array([[float(index)]]), FactorRules())
    evidence = {"value": index, "label": label, "by": "alternative.me"}
    return FactorReading(
        symbol=MARKET,
        factor=Factor.CONTEXT,
        source=NAME,
        value=float(said.value[0, 0]),
        confidence=float(said.confidence[0, 0]),
        as_of=day,
        stale_at=stale_at,
        evidence=evidence,
    )
