"""Why a pair was left out, and why it stands where it stands: a code, its parameters, and the English sentence made of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

Parameter = str | int | float


class Code(StrEnum):
    """Every reason there is. A code never changes its meaning; texts in other languages hang on it."""

    # left out
    NOT_TRADABLE = "not_tradable"
    STALE_TICKER = "stale_ticker"
    BAD_TICKER = "bad_ticker"
    TURNOVER_LOW = "turnover_low"
    NO_QUOTE = "no_quote"
    SPREAD_WIDE = "spread_wide"
    # ranked
    TREND_UP = "trend_up"
    TREND_DOWN = "trend_down"
    TREND_NONE = "trend_none"
    RSI_READY = "rsi_ready"
    RSI_STRETCHED = "rsi_stretched"
    RSI_BREAKING = "rsi_breaking"
    RSI_NO_TREND = "rsi_no_trend"
    VOLUME_HIGH = "volume_high"
    VOLUME_USUAL = "volume_usual"
    VOLUME_LOW = "volume_low"
    VOLATILITY_HEALTHY = "volatility_healthy"
    VOLATILITY_LOW = "volatility_low"
    VOLATILITY_HIGH = "volatility_high"
    # not known
    SHORT_HISTORY = "short_history"
    STALE_CANDLES = "stale_candles"


_TEXTS = {
    Code.NOT_TRADABLE: "a tokenised stock, a pegged coin, or under special treatment of the exchange",
    Code.STALE_TICKER: "its ticker is older than {seconds:.0f} s",
    Code.BAD_TICKER: "its ticker holds no usable numbers",
    Code.TURNOVER_LOW: "24h turnover is not above ${least:,.0f}",
    Code.NO_QUOTE: "the order book has no bid or no ask",
    Code.SPREAD_WIDE: "spread is not below {widest:.2%}",
    Code.TREND_UP: "daily uptrend (strength {strength:.0%}, ADX {adx:.0f})",
    Code.TREND_DOWN: "daily downtrend (strength {strength:.0%}, ADX {adx:.0f})",
    Code.TREND_NONE: "no daily trend",
    Code.RSI_READY: "RSI {rsi:.0f} leaves room in the trend's direction",
    Code.RSI_STRETCHED: "RSI {rsi:.0f}: the move has run far",
    Code.RSI_BREAKING: "RSI {rsi:.0f} goes against the trend",
    Code.RSI_NO_TREND: "RSI {rsi:.0f}, no trend to enter with",
    Code.VOLUME_HIGH: "24h volume {times:.1f} x its average",
    Code.VOLUME_USUAL: "24h volume about its average ({times:.1f} x)",
    Code.VOLUME_LOW: "24h volume only {times:.1f} x its average",
    Code.VOLATILITY_HEALTHY: "daily range {atr:.1%}, healthy",
    Code.VOLATILITY_LOW: "daily range {atr:.1%}, too quiet",
    Code.VOLATILITY_HIGH: "daily range {atr:.1%}, wild",
    Code.SHORT_HISTORY: "{part} not known: {candles} daily candles",
    Code.STALE_CANDLES: "{part} not known: {why}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code and what it is about."""

    code: Code
    parameters: tuple[tuple[str, Parameter], ...] = ()

    @property
    def text(self) -> str:
        """Return the English sentence."""
        return _TEXTS[self.code].format(**dict(self.parameters))

    def as_json(self) -> dict[str, Any]:
        """Return the reason as it is stored and sent: `code`, `params`, `text`."""
        return {"code": self.code.value, "params": dict(self.parameters), "text": self.text}


class Why(BaseModel):
    """A reason as it is stored and sent: `text` is the English sentence made of `code` and `params`."""

    code: str
    params: dict[str, Any]
    text: str


def reason(code: Code, **parameters: Parameter) -> Reason:
    """Make a reason."""
    return Reason(code, tuple(parameters.items()))
