"""Which coins a headline names, and what it says of each."""

import pytest

from functions.sentiment.coins.aliases import NAMES
from functions.sentiment.coins.clauses import Said, said_of_coins
from functions.sentiment.coins.linking import links

COINS = frozenset([*NAMES, "ACT", "GAS", "ID", "ME", "XYZ", "HOT"])


def named(headline: str) -> list[str]:
    return [link.coin for link in links(headline, COINS)]


@pytest.mark.parametrize(
    ("headline", "coins"),
    [
        ("Bitcoin tops $100K", ["BTC"]),
        ("Bitcoin's hashrate and bitcoins lost", ["BTC"]),
        ("BTC and ETH slip", ["BTC", "ETH"]),
        ("Ethereum (ETH) beats Bitcoin (BTC)", ["ETH", "BTC"]),
        ("Merge is near ($ETH)", ["ETH"]),
        ("$btc to the moon", ["BTC"]),
        ("$XYZ lists", ["XYZ"]),
        ("SOL/USDT and AVAX-USD break out, XRPUSDT follows", ["SOL", "AVAX", "XRP"]),
        ("Bitcoin Cash forks", ["BCH"]),
        ("Ethereum Classic mining booms", ["ETC"]),
        ("Ether and Ripple rise", ["ETH", "XRP"]),
        ("Chainlink adds feeds", ["LINK"]),
        ("Harmony (ONE) bridge hacked", ["ONE"]),
        ("NEAR Protocol raises money", ["NEAR"]),
        ("$ONE $GAS", ["ONE", "GAS"]),
        ("Threshold (T) and Threshold Network", ["T"]),
        ("Биткоина стало больше, эфир дешевеет, Солана растёт", ["BTC", "ETH", "SOL"]),
        ("Курс биткойна", ["BTC"]),
        ("ETH/BTC at a low", ["ETH"]),
    ],
)
def test_coins_are_found(headline: str, coins: list[str]) -> None:
    assert sorted(named(headline)) == sorted(coins)


@pytest.mark.parametrize(
    "headline",
    [
        "There is something about together and whether",
        "No ONE knows the GAS price: LINK in bio, NEAR the SUN, MASK off, ACT now, show ID, T and W and S",
        "One link near the sun: act, mask, gas",
        "XYZ reports earnings",
        "ETF OF ETH SAYS THE SEC",
        "Company raises $100M, then $3B and $1T",
        "Traders METHODICALLY sell",
        "Of stablecoins: soldier, adapt, dotted, ethereal",
        "Electronics",
        "Bitcoin SV delisted",
        "",
    ],
)
def test_words_are_no_coins(headline: str) -> None:
    assert named(headline) == []


def test_list_of_coins_is_news_of_none() -> None:
    assert named("BTC ETH SOL XRP ADA DOGE rally") == ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE"]
    assert named("BTC ETH SOL XRP ADA DOGE LTC rally") == []


def test_coin_that_is_not_traded_is_not_linked() -> None:
    assert links("Bitcoin and Ethereum rise", ["ETH"])[0].coin == "ETH"


@pytest.mark.parametrize(
    ("headline", "said"),
    [
        (
            "Bitcoin falls to a low while Ethereum climbs on",
            [Said("BTC", "Bitcoin falls to a low"), Said("ETH", "Ethereum climbs on")],
        ),
        (
            "Биткоин падает третий день, а эфир обновил максимум",
            [Said("BTC", "Биткоин падает третий день"), Said("ETH", "эфир обновил максимум")],
        ),
        (
            "Solana, Cardano lead gains as Bitcoin stays flat",
            [
                Said("SOL", "Solana, Cardano lead gains"),
                Said("ADA", "Solana, Cardano lead gains"),
                Said("BTC", "Bitcoin stays flat"),
            ],
        ),
        ("Bitcoin and Ethereum rally", [Said("BTC", "Bitcoin and Ethereum rally"), Said("ETH", "Bitcoin and Ethereum rally")]),
        (
            "Bitcoin up as Ethereum falls",
            [Said("BTC", "Bitcoin up as Ethereum falls"), Said("ETH", "Bitcoin up as Ethereum falls")],
        ),
        ("Bitcoin falls as stocks rise", [Said("BTC", "Bitcoin falls as stocks rise")]),
        ("Stocks rise", []),
    ],
)
def test_each_coin_has_the_words_about_it(headline: str, said: list[Said]) -> None:
    assert list(said_of_coins(headline, COINS)) == said
