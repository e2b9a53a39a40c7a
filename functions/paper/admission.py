"""May an account open this trade now, and how large: every limit in one decision, every refusal a code with its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from typing import Self

from functions.limits import Limits
from functions.paper.settling.exact import exact, plain
from functions.paper.settling.position import ExitLevels, Side, lots_for


class RefusalCode(StrEnum):
    """Why a trade is not opened; the first that holds is the headline."""

    PAIR_IS_OPEN = "pair_is_open"
    TOO_MANY_OPEN = "too_many_open"
    TOO_MANY_IN_ONE_DIRECTION = "too_many_in_one_direction"
    EXPOSURE_FULL = "exposure_full"
    OPEN_RISK_FULL = "open_risk_full"
    COOLDOWN = "cooldown"
    DAILY_LOSS = "daily_loss"
    PAUSED_AFTER_LOSSES = "paused_after_losses"
    STOP_PASSED = "stop_passed"
    TARGET_PASSED = "target_passed"
    FAR_FROM_ENTRY = "far_from_entry"
    POSITION_TOO_LARGE = "position_too_large"
    NOT_ENOUGH_CASH = "not_enough_cash"
    TOO_SMALL = "too_small"


# What is known without any price: a signal is sent with it, as the reason why it takes nothing of the account.
OBSTACLES = (
    RefusalCode.PAIR_IS_OPEN,
    RefusalCode.TOO_MANY_OPEN,
    RefusalCode.TOO_MANY_IN_ONE_DIRECTION,
    RefusalCode.EXPOSURE_FULL,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One limit that stands against a trade, with the figures that a person asks for."""

    code: RefusalCode
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """What an account may do.

    Args:
        limits: how much a trade and all of them may take.
        cooldown: between the opening of a trade and the next in the same pair.
        daily_loss: fraction of the equity the UTC day began with; an account that lost it opens nothing more that day. None for
            no such limit.
        losses_in_a_row: after so many the account pauses; None for never.
        pause: since the last of those losses.
        farthest: how far the fill may lie from the entry that was meant, as a fraction of the distance from that to the stop;
            None for anywhere.
    """

    limits: Limits
    cooldown: timedelta = timedelta(hours=4)
    daily_loss: Decimal | None = Decimal("0.02")
    losses_in_a_row: int | None = 4
    pause: timedelta = timedelta(hours=24)
    farthest: Decimal | None = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trade that is asked for.

    Args:
        symbol: of the pair.
        side: long or short.
        entry: the price it was meant at.
        levels: on the price grid.
        paid: what a fill would cost now.
        lot: of the pair.
        min_amount: of the pair, USDT.
        seen: the latest price, which a stop must not have been met by; what is paid without it.
        notional: USDT that a person asked for; without it the size follows from the stop.
    """

    symbol: str
    side: Side
    entry: Decimal
    levels: ExitLevels
    paid: Decimal
    lot: Decimal
    min_amount: Decimal
    seen: Decimal | None = None
    notional: Decimal | None = None


@dataclass(frozen=True, slots=True)
class HeldTrade:
    """A trade that is open: `cost` of what is still held, and what its stop would lose of that, both in USDT."""

    symbol: str
    side: Side
    cost: Decimal
    risk: Decimal = Decimal(0)

    @classmethod
    def of(cls, symbol: str, side: Side, entry: Decimal, quantity: Decimal, stop: Decimal | None) -> Self:
        """Describe what is held by its entry and the stop that stands."""
        risk = Decimal(0) if stop is None else quantity * abs(entry - stop)
        return cls(symbol, side, quantity * entry, risk)


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the decision rests on, read under the account's lock: of now, or of the moment at which something happened.

    Args:
        equity: at that moment, in USDT.
        day_start_equity: at the midnight UTC before it.
        cash: free.
        held: every trade that was open then, or has been opened since.
        opened_at: when a trade was opened last in each pair, also one that is over.
        results: when each trade closed and what it earned after fees, oldest first.
    """

    equity: Decimal
    day_start_equity: Decimal
    cash: Decimal
    held: Sequence[HeldTrade]
    opened_at: Mapping[str, datetime]
    results: Sequence[tuple[datetime, Decimal]]


@dataclass(frozen=True, slots=True)
class Decision:
    """How many coins to buy or sell short; 0 with at least one refusal, which are in order of `RefusalCode`."""

    quantity: Decimal
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """What a signal would take: a fraction of equity, 0 with at least one refusal."""

    share: Decimal
    refusals: tuple[RefusalCode, ...]


@exact
def decide(proposal: Proposal, state: AccountState, rules: AdmissionRules, fee: Decimal, at: datetime) -> Decision:
    """Decide on one trade; the size follows from the distance of the stop at the price that is paid.

    Args:
        proposal: with a stop, or with the amount that is asked for.
        state: of the account at `at`.
        rules: of the account.
        fee: of the fill, a fraction, which the cash must cover as well.
        at: now.

    Raises:
        ValueError: the proposal has neither, so no size follows.
    """
    if proposal.levels.stop is None and proposal.notional is None:
        raise ValueError(f"expected a proposal with a stop, got none for {proposal.symbol}")
    refusals = [
        *_by_what_is_open(proposal, state, rules.limits),
        *_by_what_was(proposal, state, rules, at),
        *_by_price(proposal, rules),
    ]
    if refusals:
        return Decision(Decimal(0), tuple(refusals))
    if proposal.notional is None:
        quantity = _quantity(proposal, state, rules.limits, fee)
    else:
        quantity = lots_for(proposal.notional, proposal.paid, proposal.lot)
    if not quantity or quantity * proposal.paid < proposal.min_amount:
        figures = {"cost": plain(quantity * proposal.paid), "least": plain(proposal.min_amount)}
        return Decision(Decimal(0), (Refusal(RefusalCode.TOO_SMALL, figures),))
    refusals = list(_by_money(quantity * proposal.paid, state, rules.limits, fee))
    return Decision(Decimal(0) if refusals else quantity, tuple(refusals))


@exact
def size_at_entry(
    symbol: str, side: Side, levels: tuple[Decimal, Decimal], held: Sequence[HeldTrade], equity: Decimal, limits: Limits
) -> Size:
    """Return how much of equity a signal would take beside what is open, for reading: the fill decides anew, at its price.

    `share = min(risk / (|entry - stop| / entry), position, exposure - what is open)`.

    Args:
        symbol: of the signal.
        side: of it.
        levels: its entry, and its stop on the losing side of that.
        held: every open trade.
        equity: of the account; above 0.
        limits: of the account.

    Raises:
        ValueError: the stop is not on the losing side.
    """
    entry, stop = levels
    if (entry - stop) * side.sign <= 0:
        raise ValueError(f"expected a stop on the losing side of {entry}, got {stop}")
    refusals = [refusal.code for refusal in refusals_by_slots(symbol, side, held, limits)]
    room = limits.exposure * equity - sum((trade.cost for trade in held), Decimal(0))
    if room <= 0:
        refusals.append(RefusalCode.EXPOSURE_FULL)
    return Size(Decimal(0) if refusals else _least_share(limits, entry, stop, room, equity), tuple(refusals))


def _least_share(limits: Limits, entry: Decimal, stop: Decimal, room: Decimal, equity: Decimal) -> Decimal:
    with localcontext(Context(prec=28)):
        return min(limits.share(entry, stop), room / equity)


def refusals_by_slots(symbol: str, side: Side, held: Sequence[HeldTrade], limits: Limits) -> Iterator[Refusal]:
    """Yield why the open trades alone leave no place for another one: what is known without any price."""
    if any(trade.symbol == symbol for trade in held):
        yield Refusal(RefusalCode.PAIR_IS_OPEN, {"symbol": symbol})
    if len(held) >= limits.open_trades:
        yield Refusal(RefusalCode.TOO_MANY_OPEN, {"open": str(len(held)), "most": str(limits.open_trades)})
    same = sum(trade.side is side for trade in held)
    if same >= limits.open_in_one_direction:
        figures = {"side": side.value, "open": str(same), "most": str(limits.open_in_one_direction)}
        yield Refusal(RefusalCode.TOO_MANY_IN_ONE_DIRECTION, figures)


def _by_what_is_open(proposal: Proposal, state: AccountState, limits: Limits) -> Iterator[Refusal]:
    yield from refusals_by_slots(proposal.symbol, proposal.side, state.held, limits)
    if _room(state, limits) <= 0:
        figures = {"held": plain(_exposure(state)), "most": plain(limits.exposure * state.equity)}
        yield Refusal(RefusalCode.EXPOSURE_FULL, figures)
    if limits.open_risk is not None and _risk_room(state, limits.open_risk) <= 0:
        figures = {"risk": plain(_open_risk(state)), "most": plain(limits.open_risk * state.equity)}
        yield Refusal(RefusalCode.OPEN_RISK_FULL, figures)


def _by_what_was(proposal: Proposal, state: AccountState, rules: AdmissionRules, at: datetime) -> Iterator[Refusal]:
    last = state.opened_at.get(proposal.symbol)
    if last is not None and at < last + rules.cooldown:
        yield Refusal(RefusalCode.COOLDOWN, {"symbol": proposal.symbol, "until": (last + rules.cooldown).isoformat()})
    lost = state.day_start_equity - state.equity
    if rules.daily_loss is not None and lost >= rules.daily_loss * state.day_start_equity:
        figures = {"lost": plain(lost), "most": plain(rules.daily_loss * state.day_start_equity)}
        yield Refusal(RefusalCode.DAILY_LOSS, figures)
    if rules.losses_in_a_row is None:
        return
    recent = state.results[-rules.losses_in_a_row :]
    paused = len(recent) == rules.losses_in_a_row and all(profit < 0 for _, profit in recent)
    if paused and at < recent[-1][0] + rules.pause:
        figures = {"losses": str(len(recent)), "until": (recent[-1][0] + rules.pause).isoformat()}
        yield Refusal(RefusalCode.PAUSED_AFTER_LOSSES, figures)


def _by_price(proposal: Proposal, rules: AdmissionRules) -> Iterator[Refusal]:
    sign, paid, stop, targets = proposal.side.sign, proposal.paid, proposal.levels.stop, proposal.levels.targets
    seen = paid if proposal.seen is None else proposal.seen
    if stop is not None and (min(paid * sign, seen * sign) - stop * sign) <= 0:
        yield Refusal(RefusalCode.STOP_PASSED, {"paid": plain(paid), "stop": plain(stop)})
        return
    if targets and (targets[0] - paid) * sign <= 0:
        yield Refusal(RefusalCode.TARGET_PASSED, {"paid": plain(paid), "target": plain(targets[0])})
    if (
        stop is not None
        and rules.farthest is not None
        and abs(paid - proposal.entry) > rules.farthest * abs(proposal.entry - stop)
    ):
        yield Refusal(RefusalCode.FAR_FROM_ENTRY, {"paid": plain(paid), "entry": plain(proposal.entry)})


def _by_money(cost: Decimal, state: AccountState, limits: Limits, fee: Decimal) -> Iterator[Refusal]:
    """Yield what only an amount that a person named can run against: a size that follows from the stop is cut down instead."""
    largest = max(state.equity, Decimal(0)) * limits.position
    if cost > largest:
        share = f"{plain(limits.position * 100)}%"
        figures = {"largest": f"{largest:.2f}", "share": share, "cost": f"{cost:.2f}", "equity": f"{state.equity:.2f}"}
        yield Refusal(RefusalCode.POSITION_TOO_LARGE, figures)
    if cost * (1 + fee) > state.cash:
        figures = {"needed": f"{cost * (1 + fee):.2f}", "free": f"{state.cash:.2f}"}
        yield Refusal(RefusalCode.NOT_ENOUGH_CASH, figures)


def _quantity(proposal: Proposal, state: AccountState, limits: Limits, fee: Decimal) -> Decimal:
    """Return the most coins in whole lots that risk, position, exposure and cash all allow."""
    stop = proposal.levels.stop
    if stop is None:
        return Decimal(0)
    per_lot = proposal.paid * proposal.lot
    by_room = _room(state, limits) // per_lot * proposal.lot
    by_cash = state.cash // (per_lot * (1 + fee)) * proposal.lot
    allowed = limits.quantity(state.equity, proposal.paid, stop, proposal.lot)
    if limits.open_risk is not None:
        by_risk = _risk_room(state, limits.open_risk) // (abs(proposal.paid - stop) * proposal.lot) * proposal.lot
        allowed = min(allowed, by_risk)
    return max(min(allowed, by_room, by_cash), Decimal(0))


def _open_risk(state: AccountState) -> Decimal:
    return sum((trade.risk for trade in state.held), Decimal(0))


def _risk_room(state: AccountState, open_risk: Decimal) -> Decimal:
    return open_risk * state.equity - _open_risk(state)


def _exposure(state: AccountState) -> Decimal:
    return sum((trade.cost for trade in state.held), Decimal(0))


def _room(state: AccountState, limits: Limits) -> Decimal:
    return limits.exposure * state.equity - _exposure(state)
