"""The topics to subscribe to, in requests of a size that the exchange takes."""

from collections.abc import Iterator, Sequence

from functions.market.candles.timeframe import Timeframe

TOPICS_A_REQUEST = 10
TEXT_A_CONNECTION = 20_000  # the exchange takes 21,000 characters of topics


def topics_of(symbols: Sequence[str]) -> list[str]:
    """Return the topics of some symbols: their candles of every timeframe and their ticker, signal timeframes first."""
    order = (Timeframe.M15, Timeframe.H1, Timeframe.M5, Timeframe.H4, Timeframe.D1)
    return [*(kline_topic(symbol, timeframe) for timeframe in order for symbol in symbols), *map(ticker_topic, symbols)]


def kline_topic(symbol: str, timeframe: Timeframe) -> str:
    """Return the topic of a series of candles."""
    return f"kline.{timeframe.bybit}.{symbol}"


def ticker_topic(symbol: str) -> str:
    """Return the topic of a ticker."""
    return f"tickers.{symbol}"


def connections(topics: Sequence[str]) -> list[list[str]]:
    """Share topics out over as few connections as their text needs, evenly."""
    needed = max(1, -(-sum(map(len, topics)) // TEXT_A_CONNECTION))
    while True:
        shares = [list(topics[start::needed]) for start in range(needed)]
        if all(sum(map(len, share)) <= TEXT_A_CONNECTION for share in shares):
            return shares
        needed += 1


def share_out(topics: Sequence[str], shares: Sequence[Sequence[str]]) -> list[list[str]]:
    """Share topics out anew: who has a connection keeps it, a new one goes where there is room, else to a further one."""
    wanted = set(topics)
    kept = [[topic for topic in share if topic in wanted] for share in shares]
    placed = {topic for share in kept for topic in share}
    new = [topic for topic in reversed(topics) if topic not in placed]
    for share in kept:
        room = TEXT_A_CONNECTION - sum(map(len, share))
        while new and len(new[-1]) <= room:
            room -= len(new[-1])
            share.append(new.pop())
    return kept + connections(new[::-1]) if new else kept


def requests(topics: Sequence[str]) -> Iterator[list[str]]:
    """Cut topics into subscription requests of ten."""
    for start in range(0, len(topics), TOPICS_A_REQUEST):
        yield list(topics[start : start + TOPICS_A_REQUEST])
