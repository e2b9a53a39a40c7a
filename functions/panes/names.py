"""The panes by their names."""

from enum import StrEnum


class PaneName(StrEnum):
    """The panes: the four screens in the order of their keys, and how far the desk is, which opens from any of them."""

    MARKET = "market"
    SIGNALS = "signals"
    PORTFOLIO = "portfolio"
    DATA = "data"
    READINESS = "readiness"
