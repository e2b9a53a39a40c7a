"""Stop an account whose ledger does not balance, and it alone: nothing of it is opened or settled until a person looks."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from functions.errors import Broken
from functions.logs import get_logger
from functions.paper.accounts import PaperAccount, account_named
from functions.paper.run.alerts import tell_stopped
from functions.paper.store import account as store

log = get_logger("paper")


def stopped_accounts(connection: Connection, accounts: Mapping[str, int], at: datetime) -> dict[str, str]:
    """Return those of some accounts, by name with their ids, that stand still, and why, as `guarded` does."""
    why = {name: guarded(connection, account_named(name), account_id, at) for name, account_id in accounts.items()}
    return {name: sentence for name, sentence in why.items() if sentence}


def guarded(connection: Connection, account: PaperAccount, account_id: int, at: datetime) -> str | None:
    """Return why an account stands still, told once a day; None for one whose ledger balances."""
    try:
        store.read_book(connection, account_id)
    except Broken as error:
        sentence = f"the account {account.name} is stopped, for its ledger does not balance"
        log.error("an account is stopped", account=account.name, detail=error.detail)
        tell_stopped(connection, account, error.detail, at)
        return sentence
    return None
