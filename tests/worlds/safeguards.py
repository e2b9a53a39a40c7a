"""What keeps each protocol whole, by protocol: taken away, a world goes wrong."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from tests.worlds import gaps, outbox, paper

World = Callable[[int, Collection[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol.

    Args:
        world: live through a seed's world without some safeguards, and return what went wrong.
        safeguards: by name, what each is there for.
        share: of all worlds; what takes longer gets fewer.
    """

    world: World
    safeguards: Mapping[str, str]
    share: float


PROTOCOLS: Mapping[str, Protocol] = {
    "outbox": Protocol(lambda seed, without: outbox.OutboxWorld(seed, without).run(), outbox.SAFEGUARDS, 0.5),
    "gaps": Protocol(lambda seed, without: gaps.GapWorld(seed, without).run(), gaps.SAFEGUARDS, 0.25),
    "paper": Protocol(lambda seed, without: paper.PaperWorld(seed, without).run(), paper.SAFEGUARDS, 0.25),
}


def violations(protocol: str, seeds: Iterable[int]) -> list[str]:
    """Return what went wrong in the worlds of some seeds."""
    world = PROTOCOLS[protocol].world
    return [f"{protocol} {seed}: {what}" for seed in seeds for what in world(seed, ())]


def caught(protocol: str, safeguard: str, seeds: Iterable[int]) -> str | None:
    """Take a safeguard away and return the first seed that notices, with what it noticed; None when none does."""
    world = PROTOCOLS[protocol].world
    for seed in seeds:
        if wrong := world(seed, (safeguard,)):
            return f"seed {seed}, {wrong[0]}"
    return None
