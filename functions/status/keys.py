"""The sources that want a key: what each adds to the score, and how to get its key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyedSource:
    """A source that says more with a key, or speaks only with one.

    Args:
        source: its name in `source_status`.
        settings: that it needs, as they stand in `.env`.
        adds: what the score, or a person, gets from it.
        how: to get the key.
    """

    source: str
    settings: tuple[str, ...]
    adds: str
    how: str


KEYED_SOURCES = (
    KeyedSource(
        source="llm",
        settings=("LLM_MODEL",),
        adds="a language model that judges each headline for each coin, before the embedding does",
        how="the name of a model at LLM_URL, with LLM_KEY where it wants one: docs/sentiment.md",
    ),
    KeyedSource(
        source="openclaw",
        settings=("OPENCLAW_URL", "OPENCLAW_TOKEN"),
        adds="research of the 20 largest coins every three hours",
        how="a gateway of your own: docs/openclaw.md",
    ),
    KeyedSource(
        source="dominance",
        settings=("COINGECKO_KEY",),
        adds="more calls of CoinGecko than one address has without a key, and its visitors' votes on 20 coins instead of 5",
        how="a free demo key: coingecko.com, Developer Dashboard",
    ),
    KeyedSource(
        source="lunarcrush",
        settings=("LUNARCRUSH_KEY",),
        adds="how posts about each coin sound, for every coin that trades",
        how="lunarcrush.com/developers; a paid plan, for the free one gives scrambled data",
    ),
    KeyedSource(
        source="reddit",
        settings=("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"),
        adds="what is hot on r/CryptoCurrency and r/Bitcoin among the news",
        how="an app of the kind script that Reddit approves, which takes weeks: docs/sentiment.md has the form",
    ),
    KeyedSource(
        source="posts",
        settings=("POSTS_URL",),
        adds="posts on X among the news",
        how="any aggregator that answers JSON, such as api.x.com or twitterapi.io; POSTS_FIELDS says where its answer has what",
    ),
    KeyedSource(
        source="whale_alert_stream",
        settings=("WHALE_ALERT_KEY",),
        adds="large transactions within seconds: alerts, /whales, flows of each coin to exchanges (on-chain factor)",
        how="developer.whale-alert.io, the alerts websocket: $30 a month, the first 7 days free",
    ),
    KeyedSource(
        source="whale_alert",
        settings=("WHALE_ALERT_REST_KEY",),
        adds="the same each minute over REST, and what the websocket missed",
        how="only keys from before the websocket work; new ones are not sold",
    ),
    KeyedSource(
        source="cryptoquant",
        settings=("CRYPTOQUANT_KEY",),
        adds="daily flows of BTC, ETH and stablecoins to all exchanges (on-chain factor)",
        how="cryptoquant.com, a plan with API access",
    ),
    KeyedSource(
        source="dune",
        settings=("DUNE_KEY", "DUNE_QUERY_ID"),
        adds="daily flows of ETH and stablecoins to each exchange (on-chain factor)",
        how="dune.com, a free account: save functions/onchain/sql/exchange_flows.sql as a query, and make an API key",
    ),
)


def unconfigured(is_set: Callable[[str], bool]) -> Iterator[tuple[KeyedSource, tuple[str, ...]]]:
    """Yield the sources that lack a setting, with the settings that are not set.

    Args:
        is_set: tells by its name in `.env` whether a setting has a value.
    """
    for keyed in KEYED_SOURCES:
        if missing := tuple(name for name in keyed.settings if not is_set(name)):
            yield keyed, missing
