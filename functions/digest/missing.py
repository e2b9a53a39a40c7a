"""What a digest cannot say, or says from old numbers."""

from functions.reasons import Codes, Why


class MissingPart(Codes):
    """Every reason why something is missing or old."""

    PRICE_STALE = "price_stale", "the price of {symbol} is {seconds:.0f} s old"
    PRICE_NONE = "price_none", "there is no price of {symbol}"
    GATE_NONE = "gate_none", "the daily state of {symbol}, the gate, is not known"
    GATE_UNUSABLE = "gate_unusable", "the daily history of {symbol}, the gate, is not sound enough to judge by"
    GATE_LATE = "gate_late", "the gate's daily state is {late} candles late"
    BREADTH_NONE = "breadth_none", "no coin has a daily state of the newest close"
    BREADTH_LATE = "breadth_late", "{coins} coins are left out of the breadth: their daily state is late"
    SCREENER_NONE = "screener_none", "nothing was screened yet"
    SCREENER_OLD = "screener_old", "the screening is {hours:.0f} hours old"
    SCREENER_INCOMPLETE = "screener_incomplete", "the screening went without some daily candles: {why}"
    PAPER_NONE = "paper_none", "there was no paper trade yet"
    PAPER_PAST = "paper_past", "the paper account is not told: it has changed since then, and its past is not kept"
    PAPER_STALE = "paper_stale", "profit and loss is as old as the prices of {symbols}"
    FEAR_GREED_NONE = "fear_greed_none", "there is no fresh Fear & Greed number"
    DOMINANCE_NONE = "dominance_none", "there is no fresh dominance of BTC"
    NEWS_NONE = "news_none", "no headline came in 24 hours"


class Missing(Why):
    """One thing that is missing or old."""

    code: MissingPart
