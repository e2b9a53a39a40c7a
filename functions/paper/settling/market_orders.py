"""At which price an order fills at the market: the latest price that was seen, or the book's side when that is worse."""

from datetime import datetime
from decimal import Decimal

from functions.errors import RetryLater
from functions.market.candles.freshness import TICKER_LIFE, Stale, ticker_freshness
from functions.paper.settling.exact import ceil_to, exact, floor_to, plain
from functions.paper.settling.position import Terms, market_price
from functions.paper.settling.prices import Quote


def stale_reason(quote: Quote | None, symbol: str, at: datetime) -> str | None:
    """Say why a price cannot be used at a moment; None when it can."""
    age = ticker_freshness(symbol, quote.at if quote else None, at)
    return age.reason if isinstance(age, Stale) else None


def fresh_quote(quote: Quote | None, symbol: str, at: datetime) -> Quote:
    """Return the latest price of a symbol if it may be used.

    Raises:
        RetryLater: there is none, or it is older than 60 s.
    """
    reason = stale_reason(quote, symbol, at)
    if quote is None or reason:
        detail = f"no trade because {reason}; a price holds for 60 s"
        raise RetryLater("stale_price", detail, retry_after=10, figures={"symbol": symbol})
    return quote


@exact
def fill_price(quote: Quote, terms: Terms, at: datetime, *, buys: bool) -> Decimal:
    """Return what an order fills at: the latest price with slippage, or the ask (to sell, the bid) when that is worse.

    Bid and ask count while they are fresh and not crossed.

    Raises:
        RetryLater: bid and ask, or the side that counts and the latest price, are too far apart for any of them to be believed.
    """
    bid, ask = _fresh_book(quote, at)
    side = ask if buys else bid
    worse = Decimal(0) if side is None else (side - quote.price) * (1 if buys else -1)
    spread = ask - bid if ask is not None and bid is not None else Decimal(0)
    if max(spread, worse) > terms.costs.widest_spread * quote.price:
        bid_shown, ask_shown, price = (plain(value) if value else "–" for value in (bid, ask, quote.price))
        prices = f"the bid is {bid_shown}, the ask {ask_shown} and the last price {price}"
        raise RetryLater(
            "spread_too_wide",
            f"no trade in {quote.symbol}: {prices}, too far apart to fill at any of them",
            retry_after=60,
            figures={"symbol": quote.symbol, "bid": bid_shown, "ask": ask_shown, "price": price},
        )
    paid = market_price(quote.price, terms, buys=buys)
    if side is None:
        return paid
    return max(paid, ceil_to(side, terms.tick)) if buys else min(paid, max(floor_to(side, terms.tick), terms.tick))


def _fresh_book(quote: Quote, at: datetime) -> tuple[Decimal | None, Decimal | None]:
    if quote.quoted_at is None or abs(at - quote.quoted_at) > TICKER_LIFE:
        return None, None
    if quote.bid is not None and quote.ask is not None and quote.bid > quote.ask:
        return None, None
    return quote.bid, quote.ask
