"""The moment a request asks about, within what can be meant."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel

FIRST_MOMENT = datetime(2009, 1, 3, tzinfo=UTC)  # before it there is no coin to ask about
LAST_MOMENT = datetime(2200, 1, 1, tzinfo=UTC)


def _plausible_utc(as_of: datetime) -> datetime:
    if not FIRST_MOMENT <= as_of <= LAST_MOMENT:
        raise ValueError(f"expected a moment between {FIRST_MOMENT:%Y} and {LAST_MOMENT:%Y}, got {as_of.isoformat()}")
    return as_of.astimezone(UTC)


# A request's own moment, in UTC whatever it was written in; without one it is the market clock's now, read once at the edge.
AsOf = Annotated[AwareDatetime, AfterValidator(_plausible_utc)] | None


class At(BaseModel):
    """The moment a function works at."""

    as_of: AsOf = None
