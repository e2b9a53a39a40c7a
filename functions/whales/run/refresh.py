"""One read of the whales: ask the REST feed if there is a key, tell the largest transactions, add the flows up."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from functions.clock import wall_now
from functions.logs import get_logger
from functions.outbox import Alert, raise_alerts
from functions.pairs import QUOTE
from functions.settings import Settings
from functions.whales import store
from functions.whales.rules import WhaleRules
from functions.whales.run.flows import add_up
from functions.whales.run.poll import poll
from functions.whales.sources.whale_alert import REST, STREAM
from functions.whales.transaction import STABLECOINS, Transaction

log = get_logger("whales")
WHALE = "whale"
LIFE = timedelta(hours=2)  # of an alert


@dataclass(slots=True)
class Outcome:
    """What one read came to."""

    configured: bool
    new: int = 0
    told: int = 0
    flows: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def is_configured(settings: Settings) -> bool:
    """Tell whether one of both feeds has a key."""
    return settings.is_set("WHALE_ALERT_KEY") or settings.is_set("WHALE_ALERT_REST_KEY")


def refresh(settings: Settings, engine: Engine, as_of: datetime, rules: WhaleRules | None = None) -> Outcome:
    """Read, tell and add up; the websocket's transactions are there already. A second read of the same moment changes nothing."""
    rules, outcome = rules or WhaleRules(), Outcome(configured=is_configured(settings))
    if not outcome.configured:
        return outcome
    if settings.is_set("WHALE_ALERT_REST_KEY"):
        polled = poll(settings, engine, as_of, rules)
        outcome.new = polled.new
        if polled.error:
            outcome.errors[REST] = polled.error
    with engine.begin() as connection:
        outcome.told = _tell(connection, settings, as_of, rules)
    with engine.begin() as connection:
        alive = store.feed_answered(connection, (REST, STREAM), wall_now() - rules.alive)
        outcome.flows = add_up(connection, as_of, rules, alive=alive)
    return outcome


def _tell(connection: Connection, settings: Settings, as_of: datetime, rules: WhaleRules) -> int:
    """Raise an alert for each of the largest transactions that is still news; each is told once."""
    life = rules.news_life * max(1.0, settings.clock.speed)
    large = store.large_transactions(connection, as_of - life, settings.whale_news_usd, as_of)
    now = wall_now()
    return raise_alerts(
        connection,
        [
            Alert(
                key=f"whale:{one.blockchain}:{one.hash}:{one.part}",
                kind=WHALE,
                payload=payload_of(one),
                created_at=now,
                expires_at=now + LIFE,
            )
            for one in large
        ],
    )


def payload_of(transaction: Transaction) -> dict[str, object]:
    """Return what a message says of a transaction."""
    of_pair = {} if transaction.coin in STABLECOINS else {"symbol": f"{transaction.coin}{QUOTE}"}
    return {
        **of_pair,
        "asset": transaction.asset,
        "amount": float(transaction.amount),
        "usd": float(transaction.amount_usd),
        "kind": transaction.kind.value,
        "action": transaction.action,
        "from": transaction.sender.owner,
        "to": transaction.recipient.owner,
        "blockchain": transaction.blockchain,
        "hash": transaction.hash,
        "at": transaction.at.isoformat(),
    }
