"""What an account may trade without being asked: signals, what technical analysis alone finds, the watch list, random entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.exact import nearest_to
from functions.paper.settling.position import ExitLevels, Side
from functions.paper.trade import Idea
from functions.technical.closes.backlog import PATIENCE

SEED = 20240101  # of random entries; each depends on it and its signal alone
# Checks of a rejection, by their bits: those of the factors and of the signals before, which technical analysis knows nothing of.
FACTOR_CHECKS = 16 | 32 | 64 | 128 | 2048
NOT_A_COIN = 1  # a stablecoin, a currency or a leveraged token is traded by no account


@dataclass(frozen=True, slots=True)
class TradeIdea:
    """Something that an account may open a trade for.

    Args:
        idea: that its trade follows.
        symbol: of the pair.
        side: long or short.
        entry: price at the close.
        levels: stop and targets.
        timeframe: of the candle it stands on.
        close_time: of that candle.
        expires_at: from then on nobody would take it.
    """

    idea: Idea
    symbol: str
    side: Side
    entry: Decimal
    levels: ExitLevels
    timeframe: Timeframe
    close_time: datetime
    expires_at: datetime

    @property
    def open_until(self) -> datetime:
        """Return until when a trade may be opened: as long as a signal would be sent."""
        return min(self.expires_at, self.close_time + self.timeframe.span + PATIENCE)


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin that the gate lets through on a side, as it stood at a close: its price, its daily ATR and its tick."""

    symbol: str
    price: Decimal
    range: Decimal
    tick: Decimal


def random_beside(signal: TradeIdea, own_range: Decimal, coins: Sequence[Coin]) -> TradeIdea | None:
    """Return the random entry beside a signal: another coin at the same moment, with its exits measured in that coin's own range.

    The same signal and the same coins give the same entry, in any order and at any time.

    Args:
        signal: to stand beside.
        own_range: daily ATR of the signal's coin; above 0.
        coins: that the gate lets through on the signal's side; the signal's own is none of them.

    Returns:
        The entry; None when there is no coin to draw, or its exits do not fit above 0.
    """
    others = sorted((coin for coin in coins if coin.symbol != signal.symbol), key=lambda coin: coin.symbol)
    if not others or signal.levels.stop is None:
        return None
    key = f"{SEED}:{signal.symbol}:{signal.timeframe}:{signal.close_time.isoformat()}"
    coin = others[int.from_bytes(sha256(key.encode()).digest()[:8]) % len(others)]
    levels = (signal.levels.stop, *signal.levels.targets)
    stop, *targets = (_scaled(level - signal.entry, coin, own_range) for level in levels)
    if min(stop, *targets) <= 0:
        return None
    return TradeIdea(
        idea=Idea(f"random:{signal.idea.signal_id}", signal_id=signal.idea.signal_id),
        symbol=coin.symbol,
        side=signal.side,
        entry=coin.price,
        levels=ExitLevels(stop, tuple(targets)),
        timeframe=signal.timeframe,
        close_time=signal.close_time,
        expires_at=signal.expires_at,
    )


def _scaled(distance: Decimal, coin: Coin, own_range: Decimal) -> Decimal:
    level = coin.price + distance * coin.range / own_range
    return nearest_to(level, coin.tick) if level > 0 else Decimal(0)
