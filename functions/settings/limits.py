"""The settings of what a paper account may open, and how a trade ends that no price ends."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from functions.limits import Limits


class LimitSettings(BaseSettings):
    """Limits of the desk's account and of those beside it. A trade by hand has the first three alone."""

    risk_percent: Annotated[Decimal, Field(gt=0, le=5)] = Decimal("0.5")
    position_limit_percent: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(20)
    open_limit: Annotated[int, Field(ge=1, le=100)] = 5
    direction_limit: Annotated[int, Field(ge=1, le=100)] = 3
    exposure_limit_percent: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(50)
    daily_loss_percent: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(2)
    losses_in_a_row: Annotated[int, Field(ge=1, le=100)] = 4
    loss_pause_hours: Annotated[float, Field(ge=0, le=168)] = 24.0
    entry_distance_percent: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(50)  # of the way from the entry to the stop
    paper_hold_days: Annotated[float, Field(ge=0.01, le=365)] = 7.0
    paper_regime_exit: bool = False

    @property
    def limits(self) -> Limits:
        """Return how much a trade may take, in signals and on paper."""
        return Limits(
            risk=self.risk_percent / 100,
            position=self.position_limit_percent / 100,
            open_trades=self.open_limit,
            open_in_one_direction=self.direction_limit,
            exposure=self.exposure_limit_percent / 100,
        )
