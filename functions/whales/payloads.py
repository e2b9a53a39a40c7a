"""What the source sends, read into transactions: a page of the REST interface, an alert of the websocket.

REST is version 1 of https://docs.whale-alert.io; the websocket's messages are as its public clients read them. A name beside an
alert says who, not what: the type of an owner stands with the accounts of the chain's transaction.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from functions.errors import Broken
from functions.strangers import clean
from functions.whales.transaction import Party, Transaction

_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]{16,}")
_NOBODY = frozenset({"", "unknown", "unknown wallet", "unknown wallets"})
_FIRST, _LAST = 1_230_940_800, 7_258_118_400  # 2009 to 2200
_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the REST interface: what could be read of it, how many entries there were, and where the next one begins."""

    transactions: Sequence[Transaction]
    entries: int
    cursor: str | None

    @property
    def unreadable(self) -> int:
        """Return how many entries were left out."""
        return self.entries - len(self.transactions)


def page_of(answer: Any) -> Page:
    """Read a page. One without transactions says so with `count` alone.

    Raises:
        Broken: it is no page, or none of its entries can be read.
    """
    if not isinstance(answer, Mapping) or answer.get("result") != "success":
        words = answer.get("message") if isinstance(answer, Mapping) else None
        raise Broken("source_unreadable", f"expected a page of transactions, got {str(words or answer)[:80]!r}")
    rows = answer.get("transactions", [] if answer.get("count") == 0 else None)
    if not isinstance(rows, list):
        raise Broken("source_unreadable", f"expected a list of transactions, got {str(rows)[:80]!r}")
    read = [transaction for row in rows if (transaction := _transaction(row))]
    if rows and not read:
        raise Broken("source_unreadable", f"expected transactions of a known shape, got {str(rows[0])[:80]!r}")
    cursor = answer.get("cursor")
    return Page(read, len(rows), cursor[:200] if isinstance(cursor, str) and cursor and cursor.isprintable() else None)


def alert_of(message: Any) -> list[Transaction] | None:
    """Return the transfers of an alert of the websocket; None when the message is no alert.

    Raises:
        Broken: it is an alert that cannot be read.
    """
    if not isinstance(message, Mapping) or message.get("type") != "alert":
        return None
    whole, amounts = message.get("transaction"), message.get("amounts")
    digest = _word(whole.get("hash")) if isinstance(whole, Mapping) else ""
    at, chain = _moment(message.get("timestamp")), _name(message.get("blockchain"))
    if not (isinstance(whole, Mapping) and isinstance(amounts, list) and digest and at and chain):
        raise Broken("source_unreadable", f"expected an alert with its transaction, got {str(message)[:80]!r}")
    transfers = []
    for number, row in enumerate(amounts):
        figures = _figures(row, "amount", "value_usd")
        if figures is None:
            continue
        asset, amount, amount_usd = figures
        sides = _accounts(whole, asset)
        sender = _party(sides[0], message.get("from"), ())
        transfers.append(
            Transaction(
                blockchain=chain,
                hash=digest,
                part=str(number),
                at=at,
                action=_name(message.get("transaction_type")) or "transfer",
                asset=asset,
                amount=amount,
                amount_usd=amount_usd,
                sender=sender,
                recipient=_party(sides[1], message.get("to"), {_word(one.get("address")) for one in sides[0]}),
            )
        )
    if not transfers:
        raise Broken("source_unreadable", f"expected an alert with amounts, got {str(amounts)[:80]!r}")
    return transfers


def _transaction(row: object) -> Transaction | None:
    if not isinstance(row, Mapping):
        return None
    figures, at = _figures(row, "amount", "amount_usd"), _moment(row.get("timestamp"))
    chain, digest, part = _name(row.get("blockchain")), _word(row.get("hash")), _word(row.get("id"))
    if not (figures and at and chain and digest and part):
        return None
    asset, amount, amount_usd = figures
    return Transaction(
        blockchain=chain,
        hash=digest,
        part=part,
        at=at,
        action=_name(row.get("transaction_type")) or "transfer",
        asset=asset,
        amount=amount,
        amount_usd=amount_usd,
        sender=_account(row.get("from")),
        recipient=_account(row.get("to")),
    )


def _figures(row: object, amount: str, amount_usd: str) -> tuple[str, Decimal, Decimal] | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("symbol"), str):
        return None
    asset, coins, usd = clean(row["symbol"], 20).upper(), _number(row.get(amount)), _number(row.get(amount_usd))
    return (asset, coins, usd) if re.fullmatch(r"[A-Z0-9.+]{1,20}", asset) and coins is not None and usd is not None else None


def _accounts(whole: Mapping[str, Any], asset: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the inputs and outputs of the part of a chain's transaction that moves a coin."""
    parts = [part for part in _list(whole.get("sub_transactions")) if str(part.get("symbol", "")).upper() == asset]
    part = parts[0] if parts else {}
    return _list(part.get("inputs")), _list(part.get("outputs"))


def _party(accounts: Sequence[Mapping[str, Any]], named: object, before: Sequence[str] | set[str]) -> Party:
    """Return the largest account of the named owner; without one that is named, the largest that is nobody's and not `before`."""
    name = _owner(named)
    parties = [(_number(one.get("amount")) or Decimal(0), _account(one)) for one in accounts]
    of_name = [one for one in parties if one[1].owner == name and (name or one[1].address not in before)]
    if of_name:
        return max(of_name, key=lambda one: one[0])[1]
    return Party(owner=name)


def _account(row: object) -> Party:
    if not isinstance(row, Mapping):
        return Party()
    owner, kind = _owner(row.get("owner")), _name(row.get("owner_type")) or "unknown"
    return Party(address=_word(row.get("address")), owner=owner, owner_type=kind if owner else "unknown")


def _owner(value: object) -> str:
    name = clean(value, 60).lower() if isinstance(value, str) else ""
    return "" if name in _NOBODY else name


def _name(value: object) -> str:
    return clean(value, 40).lower() if isinstance(value, str) else ""


def _word(value: object) -> str:
    """Return a hash, an address or a number of the source's in one spelling; nothing for what is several words."""
    text = (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else clean(value, 200)
        if isinstance(value, str)
        else ""
    )
    if " " in text:
        return ""
    return text.lower().removeprefix("0x") if _HEX.fullmatch(text) else text


def _moment(value: object) -> datetime | None:
    number = _number(value)
    return datetime.fromtimestamp(int(number), UTC) if number is not None and _FIRST <= number < _LAST else None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value)[:60])
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < _LARGEST else None


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
