"""Which prices touch a level; pure, and two comparisons for a price that touches none.

Of each pair only the next level above and the next below are compared. A price that no market makes after those that were noted
before it touches nothing; when prices stay there for a minute, they are the market, and whoever settles decides what they mean.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf

from functions.levels.level import Direction, DoubtedPrice, Level, Touch
from functions.market.candles.gaps import from_ms
from functions.market.candles.jumps import is_jump

BELIEVED_AFTER_MS = 60_000  # of the exchange's time


@dataclass(slots=True)
class _Pair:
    """The levels of one pair that were not touched yet, and the prices that were noted last."""

    last: float  # 0 while none is known
    before: float = 0.0  # the one before it: a single wrong price is between two right ones
    falling_to: float = -inf
    rising_to: float = inf
    falling: list[Level] = field(default_factory=list)  # nearest last
    rising: list[Level] = field(default_factory=list)
    doubted_since: int | None = None  # ms; every price is looked at until one is sound, as it is while none is known

    def find_next(self) -> None:
        self.falling_to = float(self.falling[-1].price) if self.falling else -inf
        self.rising_to = float(self.rising[-1].price) if self.rising else inf
        if self.doubted_since is not None or not self.last:
            self.falling_to = inf


class LevelWatch:
    """Compares prices with levels and keeps the touches until they are taken out.

    watch = LevelWatch(wake)
    watch.follow(levels, {"BTCUSDT": 66_900.0})
    watch.hear("BTCUSDT", {"lastPrice": "67000.5"}, sent_ms)  → wake() was called; watch.touches() gives the touch once

    Args:
        touched: called when there is something to take out.
    """

    def __init__(self, touched: Callable[[], None] = lambda: None) -> None:
        self._touched = touched
        self._pairs: dict[str, _Pair] = {}
        self._met: set[Level] = set()  # touched, and still listed when levels were read last
        self._touches: list[Touch] = []
        self._doubted: list[DoubtedPrice] = []

    @property
    def symbols(self) -> set[str]:
        """Return the pairs that have a level which was not touched yet."""
        return {symbol for symbol, pair in self._pairs.items() if pair.falling or pair.rising}

    @property
    def unsettled(self) -> set[str]:
        """Return the pairs of touched levels that something still waits at."""
        return {level.symbol for level in self._met}

    def follow(self, levels: Iterable[Level], prices: Mapping[str, float]) -> None:
        """Watch these levels from now on.

        Args:
            levels: all that matter now; one that was touched is not touched again while it is listed.
            prices: the latest price of each pair as it is stored, for pairs of which none was heard.
        """
        listed = set(levels)
        self._met &= listed
        pairs: dict[str, _Pair] = {}
        for level in listed - self._met:
            pair = pairs.setdefault(level.symbol, _Pair(prices.get(level.symbol, 0.0)))
            (pair.falling if level.direction is Direction.FALLING else pair.rising).append(level)
        for symbol, pair in pairs.items():
            if known := self._pairs.get(symbol):
                pair.last, pair.before, pair.doubted_since = known.last, known.before, known.doubted_since
            pair.falling.sort(key=lambda level: level.price)
            pair.rising.sort(key=lambda level: -level.price)
            pair.find_next()
        self._pairs = pairs

    def hear(self, symbol: str, ticker: Mapping[str, str], sent_ms: int) -> None:
        """Compare the price of a ticker as it came with the next levels of its pair; what is no price is left alone."""
        pair = self._pairs.get(symbol)
        if pair is None:
            return
        try:
            price = float(ticker["lastPrice"])
        except (KeyError, TypeError, ValueError):  # TypeError: it is no mapping
            return
        if not pair.falling_to < price < pair.rising_to and 0 < price < inf:
            self._meet(pair, symbol, price, sent_ms)

    def note(self, symbol: str, price: float) -> None:
        """Note a price of a pair, so that one which no market makes after it is known; a doubted one is not noted."""
        pair = self._pairs.get(symbol)
        if pair is not None and pair.doubted_since is None:
            pair.before, pair.last = pair.last, price
            if not pair.before:  # it is the first that is known
                pair.find_next()

    def _meet(self, pair: _Pair, symbol: str, price: float, sent_ms: int) -> None:
        if self._is_doubted(pair, symbol, price, sent_ms):
            return
        pair.before, pair.last, pair.doubted_since = pair.last, price, None
        at, seen = from_ms(sent_ms), Decimal(repr(price))
        touched: list[Level] = []
        while pair.falling and pair.falling[-1].price >= seen:
            touched.append(pair.falling.pop())
        while pair.rising and pair.rising[-1].price <= seen:
            touched.append(pair.rising.pop())
        pair.find_next()
        if touched:
            self._met.update(touched)
            places = dict.fromkeys((level.price, level.direction) for level in touched)
            self._touches += [Touch(symbol, level, direction, at, seen) for level, direction in places]
            self._touched()

    def _is_doubted(self, pair: _Pair, symbol: str, price: float, sent_ms: int) -> bool:
        known = [last for last in (pair.last, pair.before) if last]
        if not known or not all(is_jump(last, price) for last in known):
            return False
        if pair.doubted_since is None:
            pair.doubted_since = sent_ms
            self._doubted.append(DoubtedPrice(symbol, from_ms(sent_ms), Decimal(repr(pair.last)), Decimal(repr(price))))
            self._touched()
            pair.find_next()
        return sent_ms - pair.doubted_since < BELIEVED_AFTER_MS

    def touches(self) -> tuple[list[Touch], list[DoubtedPrice]]:
        """Take out what was touched and the prices that no market makes."""
        touches, self._touches = self._touches, []
        doubted, self._doubted = self._doubted, []
        return touches, doubted

    def give_back(self, touches: list[Touch], doubted: list[DoubtedPrice]) -> None:
        """Put back what could not be stored."""
        self._touches = touches + self._touches
        self._doubted = doubted + self._doubted
