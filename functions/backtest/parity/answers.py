"""What is answered about parity; the daily report carries `ParityLine`."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, Field

from functions.backtest.parity.causes import Cause, Kind
from functions.backtest.parity.compare import Aspect
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.position import Side


class ParityDifference(BaseModel):
    """A trade that the desk and the backtest did not both make alike."""

    symbol: str
    timeframe: Timeframe
    side: Side
    close_time: AwareDatetime = Field(description="of the signal")
    aspect: Aspect = Field(description="missing: the desk did not open it; extra: the backtest does not; else what differs")
    kind: Kind
    cause: Cause
    paper: dict[str, Any] | None = Field(description="the desk's trade")
    again: dict[str, Any] | None = Field(description="the backtest's trade")


class ParityLine(BaseModel):
    """The one number, and what stands behind it."""

    since: AwareDatetime
    until: AwareDatetime
    trades: int = Field(description="on either side")
    matched: int
    share: float | None = Field(description="of trades that match, 0..1; nothing without trades")
    kinds: dict[Kind, int] = Field(description="differences of each class")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return a stored parity with its differences."""
        kinds: dict[Kind, int] = {}
        for difference in row["differences"]:
            kind = Kind(difference["kind"])
            kinds[kind] = kinds.get(kind, 0) + 1
        share = row["matched"] / row["trades"] if row["trades"] else None
        return cls(**{**{name: row[name] for name in cls.model_fields if name in row}, "share": share, "kinds": kinds})


class Parity(ParityLine):
    """What one night found."""

    id: int
    account: str
    paper_trades: int
    backtest_trades: int
    entry_gap: float | None = Field(description="mean distance of the entries, a fraction of the price")
    data_hash: str
    code_hash: str
    settings_hash: str
    ran_at: AwareDatetime
    differences: list[ParityDifference]


class Parities(BaseModel):
    """The newest ones."""

    parities: list[Parity]


class ParityRan(BaseModel):
    """The parity of a window, and whether it was looked at just now; `why` there is none."""

    ran: bool
    parity: Parity | None
    why: str | None = None
