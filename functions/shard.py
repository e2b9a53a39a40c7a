"""Which share of the pairs is one collector's own, when several follow the exchange together."""

import re
from dataclasses import dataclass
from typing import Self
from zlib import crc32

MOST_SHARDS = 16
_SHARD = re.compile(r"([1-9]\d?)/([1-9]\d?)")


@dataclass(frozen=True, slots=True)
class Shard:
    """Collector `number` of `count`, counted from 1.

        Shard.parse("2/3").owns("BTCUSDT")  # exactly one of 1/3, 2/3 and 3/3 does

    A pair's owner follows from its name alone, the same in every process and after every start.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2/3`.

        Raises:
            ValueError: the text has another form, or there is no such shard.
        """
        match = _SHARD.fullmatch(text)
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 0 < number <= count <= MOST_SHARDS:
            raise ValueError(f"expected a shard such as 1/2 or 2/2, of {MOST_SHARDS} at most, got {text[:40]!r}")
        return cls(number, count)

    @property
    def first(self) -> bool:
        """Tell whether this one also does what only one collector may do: a bot's updates are given to one program alone."""
        return self.number == 1

    @property
    def part(self) -> str:
        """Return the name under which it is heard of: `collector`, `collector 2/3`."""
        return "collector" if self.first else f"collector {self.number}/{self.count}"

    @property
    def parts(self) -> list[str]:
        """Return the names of all of them."""
        return [Shard(number, self.count).part for number in range(1, self.count + 1)]

    def owns(self, symbol: str) -> bool:
        """Tell whether this collector follows a pair."""
        return crc32(symbol.encode()) % self.count == self.number - 1
