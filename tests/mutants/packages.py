"""What is mutated and by which tests it is judged: the modules that decide, package by package."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """A part of the pure core.

    Args:
        name: on the command line.
        modules: patterns of its files.
        tests: files and folders that cover it; none of them needs a database.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


PACKAGES = (
    Package(
        "paper",
        (
            *(f"functions/paper/{name}.py" for name in ("accounts", "admission", "events", "ideas", "ledger", "marks", "orders")),
            *(f"functions/paper/{name}.py" for name in ("portfolio", "trade")),
            "functions/paper/settling/*.py",
        ),
        ("tests/unit/paper", "tests/property/paper"),
    ),
    Package(
        "delivery",
        (
            *(f"functions/delivery/outbox/{name}.py" for name in ("failures", "planning", "policy")),
            *(f"functions/delivery/inbox/{name}.py" for name in ("buttons", "commands", "preferences", "price_alerts")),
            *(f"functions/delivery/inbox/{name}.py" for name in ("updates", "values")),
        ),
        ("tests/unit/delivery", "tests/property/delivery/test_delivery.py"),
    ),
    Package(
        "scoring",
        tuple(
            f"functions/scoring/{name}.py"
            for name in ("combine", "consensus", "evidence", "factor_grids", "filters", "gate", "judge", "states")
        ),
        ("tests/unit/scoring", "tests/property/scoring"),
    ),
    Package(
        "technical",
        (
            "functions/technical/closes/*.py",
            *(f"functions/technical/engine/{name}.py" for name in ("entries", "levels", "quality", "trend")),
            *(f"functions/technical/setups/{name}.py" for name in ("batch", "grids", "setup", "standing", "verdict")),
        ),
        ("tests/unit/technical", "tests/property/technical"),
    ),
    Package(
        "gaps",
        (
            *(
                f"functions/market/candles/{name}.py"
                for name in ("closed", "denials", "freshness", "gaps", "grid", "jumps", "timeframe")
            ),
            *(f"functions/collector/feed/{name}.py" for name in ("closes", "intake", "liveness", "outage")),
        ),
        ("tests/unit/market", "tests/unit/collector"),
    ),
)
