"""A desk that has scored a rising market, for every pane."""

from tests.integration.scoring.conftest import candles, scan, score, world

__all__ = ["candles", "scan", "score", "world"]
