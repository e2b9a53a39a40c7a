"""What keeps each protocol whole, by protocol: taken away, a world goes wrong."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from tests.worlds import outbox

World = Callable[[int, Collection[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol: how a seed's world of it is lived through, and its safeguards with what each is there for."""

    world: World
    safeguards: Mapping[str, str]


PROTOCOLS: Mapping[str, Protocol] = {
    "outbox": Protocol(lambda seed, without: outbox.OutboxWorld(seed, without).run(), outbox.SAFEGUARDS)
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
