"""The simulated exchange of the market's tests."""

from tests.integration.market.conftest import exchange, settings, world

__all__ = ["exchange", "settings", "world"]
