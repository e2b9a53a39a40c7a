"""Why a pair was left out, and why it stands where it stands."""

from functions.reasons import Codes


class Code(Codes):
    """Every reason there is."""

    # left out
    NOT_TRADABLE = "not_tradable", "a tokenised stock, a pegged coin, or under special treatment of the exchange"
    STALE_TICKER = "stale_ticker", "its ticker is older than {seconds:.0f} s"
    BAD_TICKER = "bad_ticker", "its ticker holds no usable numbers"
    TURNOVER_LOW = "turnover_low", "24h turnover is not above ${least:,.0f}"
    NO_QUOTE = "no_quote", "the order book has no bid or no ask"
    SPREAD_WIDE = "spread_wide", "spread is not below {widest:.2%}"
    # ranked by the score
    SCORE = "score", "score {score:.0f} of 100, {coverage:.0%} of all weight known"
    FACTOR_SHARE = "factor_share", "{factor} {points:+.1f}"
    # ranked by the daily candles
    TREND_UP = "trend_up", "daily uptrend (strength {strength:.0%}, ADX {adx:.0f})"
    TREND_DOWN = "trend_down", "daily downtrend (strength {strength:.0%}, ADX {adx:.0f})"
    TREND_NONE = "trend_none", "no daily trend"
    RSI_READY = "rsi_ready", "RSI {rsi:.0f} leaves room in the trend's direction"
    RSI_STRETCHED = "rsi_stretched", "RSI {rsi:.0f}: the move has run far"
    RSI_BREAKING = "rsi_breaking", "RSI {rsi:.0f} goes against the trend"
    RSI_NO_TREND = "rsi_no_trend", "RSI {rsi:.0f}, no trend to enter with"
    VOLUME_HIGH = "volume_high", "24h volume {times:.1f} x its average"
    VOLUME_USUAL = "volume_usual", "24h volume about its average ({times:.1f} x)"
    VOLUME_LOW = "volume_low", "24h volume only {times:.1f} x its average"
    VOLATILITY_HEALTHY = "volatility_healthy", "daily range {atr:.1%}, healthy"
    VOLATILITY_LOW = "volatility_low", "daily range {atr:.1%}, too quiet"
    VOLATILITY_HIGH = "volatility_high", "daily range {atr:.1%}, wild"
    # not known
    SHORT_HISTORY = "short_history", "{part} not known: {candles} daily candles"
    STALE_CANDLES = "stale_candles", "{part} not known: {symbol} {timeframe} is {late} {candles} late"
