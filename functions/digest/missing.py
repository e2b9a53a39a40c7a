"""What a digest cannot say, or says from old numbers: a code, its parameters, and the English sentence made of them."""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel

Parameter = str | int | float


class Gap(StrEnum):
    """Every reason why something is missing or old. A code never changes its meaning; texts in other languages hang on it."""

    PRICE_STALE = "price_stale"
    PRICE_NONE = "price_none"
    GATE_NONE = "gate_none"
    GATE_UNUSABLE = "gate_unusable"
    GATE_LATE = "gate_late"
    BREADTH_NONE = "breadth_none"
    BREADTH_LATE = "breadth_late"
    SCREENER_NONE = "screener_none"
    SCREENER_OLD = "screener_old"
    SCREENER_INCOMPLETE = "screener_incomplete"
    PAPER_NONE = "paper_none"
    PAPER_STALE = "paper_stale"
    FEAR_GREED_NONE = "fear_greed_none"
    DOMINANCE_NONE = "dominance_none"
    NEWS_NONE = "news_none"


_TEXTS = {
    Gap.PRICE_STALE: "the price of {symbol} is {seconds:.0f} s old",
    Gap.PRICE_NONE: "there is no price of {symbol}",
    Gap.GATE_NONE: "the daily state of {symbol}, the gate, is not known",
    Gap.GATE_UNUSABLE: "the daily history of {symbol}, the gate, is not sound enough to judge by",
    Gap.GATE_LATE: "the gate's daily state is {late} candles late",
    Gap.BREADTH_NONE: "no coin has a daily state of the newest close",
    Gap.BREADTH_LATE: "{coins} coins are left out of the breadth: their daily state is late",
    Gap.SCREENER_NONE: "nothing was screened yet",
    Gap.SCREENER_OLD: "the screening is {hours:.0f} hours old",
    Gap.SCREENER_INCOMPLETE: "the screening went without some daily candles: {why}",
    Gap.PAPER_NONE: "there was no paper trade yet",
    Gap.PAPER_STALE: "profit and loss is as old as the prices of {symbols}",
    Gap.FEAR_GREED_NONE: "there is no fresh Fear & Greed number",
    Gap.DOMINANCE_NONE: "there is no fresh dominance of BTC",
    Gap.NEWS_NONE: "no headline came in 24 hours",
}


class Missing(BaseModel):
    """One thing that is missing or old: `text` is the English sentence made of `code` and `params`."""

    code: Gap
    params: dict[str, Any]
    text: str

    @classmethod
    def of(cls, code: Gap, **params: Parameter) -> Self:
        """Say what is missing."""
        return cls(code=code, params=params, text=_TEXTS[code].format(**params))
