"""How long until a figure can be told from its target."""

from math import ceil, isfinite

LONGEST = 3650  # days; what takes longer is not known to be decided ever


def days_to_decide(value: float, goal: float, half_width: float, days: int) -> int | None:
    """Return how many more days a figure needs until its one-sided 95% bound clears the goal, if it stays as it is.

    An interval shrinks with the root of time: `days (half width / distance)^2` are needed in all.

    Args:
        value: of the figure now.
        goal: what it is to be told from.
        half_width: from the figure to the end of its 90% interval on the goal's side.
        days: it was measured over.

    Returns:
        0 when it is decided; None when it is not within ten years, or when nothing is known.
    """
    distance = abs(value - goal)
    if not distance or not isfinite(half_width) or not isfinite(distance):
        return None
    needed = days * (half_width / distance) ** 2
    return max(0, ceil(needed - days)) if needed < LONGEST else None


def days_to_count(have: int, want: int, days: int) -> int | None:
    """Return how many more days it takes to have as many as wanted at the pace so far; None while there is none."""
    if have >= want:
        return 0
    return ceil((want - have) * days / have) if have and days else None
