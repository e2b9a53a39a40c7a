"""The sums of accounts say what their fills say, one by one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import Connection, Engine, text

from functions.paper.daybook import midnights, walk
from functions.paper.marks import mark
from functions.paper.store.reports import day_books, histories

BEGUN = datetime(2024, 3, 1, tzinfo=UTC)
SYMBOLS = tuple(f"C{number}USDT" for number in range(6))
HOUR = timedelta(hours=1)


def trade(connection: Connection, draw: Random, account: int, number: int) -> None:
    """Store a trade of some hours or days, on the hour so that midnights are met; some are open, held or short."""
    side = draw.choice(["long", "short"])
    opened = BEGUN + draw.randrange(24 * 20) * HOUR
    closed = opened + draw.randrange(1, 24 * 4) * HOUR
    still_open = number < len(SYMBOLS)
    held = draw.random() < 0.2
    values = {
        "account": account, "symbol": SYMBOLS[number % len(SYMBOLS)], "side": side, "opened": opened,
        "closed": None if still_open else closed, "state": "open" if still_open else "closed", "left": 2 if still_open else 0,
        "held": opened + HOUR if held else None, "last": draw.choice([None, Decimal("99.5")]) if held else Decimal(98),
    }  # fmt: skip
    made = connection.scalar(
        text("""
            INSERT INTO paper_trade (account_id, symbol, side, source, state, quantity, open_quantity, entry, stop, targets,
                                     target_quantity, settled_until, opened_at, closed_at, fee, slippage, break_even,
                                     regime_exit, held_at, last_price)
            VALUES (:account, :symbol, :side, 'signal', :state, 3, :left, 100.07, 95, '{}', 1, :opened, :opened, :closed, 0.001,
                    0, true, false, :held, :last) RETURNING id
        """),
        values,
    )
    fills = [(opened, "entry", 3, 0), (opened + (closed - opened) / 2, "target_1", 1, "1.37")]
    for at, reason, quantity, profit in [*fills, *([] if still_open else [(closed, "stop", 2, "-2.61")])]:
        connection.execute(
            text(
                "INSERT INTO paper_fill (trade_id, at, reason, price, quantity, fee, profit)"
                " VALUES (:trade, :at, :reason, 100, :quantity, 0.03, :profit)"
            ),
            {"trade": made, "at": at, "reason": reason, "quantity": quantity, "profit": profit},
        )


@pytest.mark.parametrize("seed", range(2))
def test_sums_say_what_the_fills_say(engine: Engine, seed: int) -> None:
    draw = Random(seed)
    with engine.begin() as connection:
        accounts = [
            connection.scalar(
                text("INSERT INTO paper_account (name, start, opened_at) VALUES (:name, 1000, :at) RETURNING id"),
                {"name": name, "at": BEGUN},
            )
            for name in ("desk", "random")
        ]
        for account in accounts:
            for number in range(40):
                trade(connection, draw, account, number)
    with engine.connect() as connection:
        for _ in range(6):
            since = BEGUN + draw.randrange(24 * 25) * HOUR
            until = since + draw.randrange(24 * 10) * HOUR
            books = day_books(connection, accounts, since, until)
            for account in accounts:
                fills = histories(connection, account, until)
                moments = sorted({*midnights(since, until), until})
                for moment, standing in walk(Decimal(1000), books[account], moments).items():
                    closes = {name: Decimal(100 + moment.day % 5) for name in SYMBOLS[: 3 + moment.day % 4]}
                    assert standing.mark(closes, moment) == mark(Decimal(1000), fills, closes, moment), moment
