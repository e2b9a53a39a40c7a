"""The paper accounts that run beside each other on the same prices, and what each of them trades."""

from dataclasses import dataclass
from enum import StrEnum

from functions.errors import NotFound


class Origin(StrEnum):
    """Where what an account trades comes from."""

    SIGNAL = "signal"
    HAND = "hand"
    SETUP = "setup"
    WATCH_LIST = "watch_list"
    RANDOM = "random"
    DIP = "dip"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class PaperAccount:
    """One account: its own money and its own limits. A shadow is traded by nobody and told only in comparisons.

    Args:
        name: that its rows are found by.
        trades: the one origin of what it opens.
        shadow: it is there to be compared with.
    """

    name: str
    trades: Origin
    shadow: bool = True


DESK = PaperAccount("desk", Origin.SIGNAL, shadow=False)
MANUAL = PaperAccount("manual", Origin.HAND, shadow=False)
TECHNICAL = PaperAccount("technical", Origin.SETUP)
WATCH_LIST = PaperAccount("watch_list", Origin.WATCH_LIST)
RANDOM = PaperAccount("random", Origin.RANDOM)
DIPS = PaperAccount("dips", Origin.DIP, shadow=False)
CORE = PaperAccount("core", Origin.CORE)
ACCOUNTS = (DESK, MANUAL, TECHNICAL, WATCH_LIST, RANDOM, DIPS, CORE)


def account_named(name: str) -> PaperAccount:
    """Return the account of a name.

    Raises:
        NotFound: there is none.
    """
    for account in ACCOUNTS:
        if account.name == name:
            return account
    raise NotFound("unknown_account", f"expected one of {', '.join(known.name for known in ACCOUNTS)}, got {name[:40]!r}")
