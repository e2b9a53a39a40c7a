"""Let every account open what it follows: signals, setups, the watch list, random entries. Harmless to repeat.

An account decides on each idea once, in one transaction under its lock: a trade, or a refusal with its reasons. What waits for a
price is asked again until the idea is too old.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from functions.errors import Conflict, InputRejected, RetryLater
from functions.paper.accounts import ACCOUNTS, Origin, PaperAccount
from functions.paper.answers import Followed, TradeOpened
from functions.paper.ideas import TradeIdea, random_beside
from functions.paper.orders import AccountRules, Order
from functions.paper.run.entering import book_entry, propose
from functions.paper.run.rules import rules_of
from functions.paper.run.stopping import guarded
from functions.paper.store import account as store
from functions.paper.store import ideas
from functions.settings import Settings

TOO_LATE, NO_OTHER_COIN = "too_late", "no_other_coin"
UNASKED = (Origin.HAND, Origin.DIP, Origin.CORE)  # what a person asks for, what the market comes down to, what a week sets
Outcome = TradeOpened | str  # what was opened, or the code of the refusal


def follow(at: datetime, settings: Settings, database: Engine) -> Followed:
    """Open what the accounts are to open at a moment, and write down what they refuse."""
    answer = Followed(as_of=at, opened=[], refused={}, waiting=[], stopped=[])
    for account in ACCOUNTS:
        if account.trades not in UNASKED:
            _follow_one(account, at, settings, database, answer)
    return answer


def _follow_one(account: PaperAccount, at: datetime, settings: Settings, database: Engine, answer: Followed) -> None:
    rules, refused = rules_of(settings, account), Counter[str]()
    with database.begin() as connection:
        account_id = store.find_account(connection, account.name)
        asked = ideas.undecided(connection, account_id, account.trades, at)
        if not asked:
            return
        account_id = store.lock_account(connection, account.name, rules.start, at)
        if sentence := guarded(connection, account, account_id, at):
            answer.stopped.append(sentence)
            return
        # Read again under the lock: another run may have decided since.
        for idea in ideas.undecided(connection, account_id, account.trades, at):
            try:
                outcome = _decide(connection, account, account_id, idea, at, rules)
            except RetryLater as error:
                answer.waiting.append(f"{account.name}: {error.detail}")
                continue
            if isinstance(outcome, TradeOpened):
                answer.opened.append(outcome)
            else:
                refused[outcome] += 1
    if refused:
        answer.refused[account.name] = dict(refused)


def _decide(
    connection: Connection, account: PaperAccount, account_id: int, said: TradeIdea, at: datetime, rules: AccountRules
) -> Outcome:
    """Open a trade for an idea, or write why not and return the code."""
    if at >= said.open_until:
        return _refuse(connection, account_id, said, [(TOO_LATE, {"until": said.open_until.isoformat()})], at)
    idea = _beside(connection, said) if account.trades is Origin.RANDOM else said
    if idea is None:
        return _refuse(connection, account_id, said, [(NO_OTHER_COIN, {})], at)
    order = Order(
        symbol=idea.symbol,
        side=idea.side,
        notional=None,
        levels=idea.levels,
        source=account.trades.value,
        entry=idea.entry,
        idea=idea.idea,
    )
    try:
        proposed = propose(connection, account_id, order, at, rules)
    except (InputRejected, Conflict) as error:
        return _refuse(connection, account_id, idea, [(error.code, error.figures)], at)
    if proposed.decision.refusals:
        reasons = [(refusal.code.value, refusal.figures) for refusal in proposed.decision.refusals]
        return _refuse(connection, account_id, idea, reasons, at)
    return book_entry(connection, account_id, proposed, at)


def _beside(connection: Connection, signal: TradeIdea) -> TradeIdea | None:
    own_range, coins = ideas.coins_beside(connection, signal)
    return None if own_range is None else random_beside(signal, own_range, coins)


def _refuse(
    connection: Connection, account_id: int, idea: TradeIdea, reasons: Sequence[tuple[str, Mapping[str, str]]], at: datetime
) -> str:
    ideas.write_refusal(connection, account_id, idea, reasons, at)
    return reasons[0][0]
