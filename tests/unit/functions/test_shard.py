"""Several collectors share the pairs: each pair has one owner, and always the same."""

import pytest

from functions.shard import Shard
from tests.conftest import make_settings
from tests.sim.market.names import coin_names

NAMES = [f"{coin}USDT" for coin in coin_names(300)]


def test_each_pair_is_owned_by_one_shard_and_no_shard_is_idle() -> None:
    shards = [Shard(number, 3) for number in (1, 2, 3)]
    owners = {name: [shard.number for shard in shards if shard.owns(name)] for name in NAMES}
    assert all(len(numbers) == 1 for numbers in owners.values())
    counts = [sum(numbers == [shard.number] for numbers in owners.values()) for shard in shards]
    assert min(counts) > len(owners) / 5


def test_owner_of_a_pair_never_changes() -> None:
    assert [name for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT") if Shard(1, 2).owns(name)] == [
        "ETHUSDT",
        "SOLUSDT",
        "XRPUSDT",
    ]


def test_alone_it_owns_everything_and_is_called_the_collector() -> None:
    alone = make_settings().shard
    assert alone.first
    assert all(map(alone.owns, NAMES))
    assert alone.parts == ["collector"]


def test_first_keeps_the_name_that_everybody_looks_for() -> None:
    assert Shard.parse("2/3").parts == ["collector", "collector 2/3", "collector 3/3"]
    assert not Shard.parse("2/3").first


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/17", "1/0", "a/b", "1/2/3", " 1/2", "-1/2", "1/100"])
def test_what_is_no_shard_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="expected a shard such as 1/2"):
        Shard.parse(text)
