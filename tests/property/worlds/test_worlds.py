"""The protocols hold in the worlds of some hundred seeds, and each safeguard that is taken away is missed."""

import pytest

from tests.worlds.safeguards import PROTOCOLS, caught, violations

SEEDS = range(200)
# First those among which a clock goes back between n8n's start and what it says of it, which is rare.
SEARCHED = (*range(8360, 8370), *range(3000))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_world_goes_wrong(protocol: str) -> None:
    assert violations(protocol, SEEDS) == []


@pytest.mark.parametrize(
    ("protocol", "safeguard"), [(name, safeguard) for name, protocol in PROTOCOLS.items() for safeguard in protocol.safeguards]
)
def test_safeguard_that_is_taken_away_is_missed(protocol: str, safeguard: str) -> None:
    assert caught(protocol, safeguard, SEARCHED)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_seed_makes_the_same_world_again(protocol: str) -> None:
    world, safeguard = PROTOCOLS[protocol].world, next(iter(PROTOCOLS[protocol].safeguards))
    assert world(3, (safeguard,)) == world(3, (safeguard,))
