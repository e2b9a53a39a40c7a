"""The rules of each account as the settings say."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from functions.paper.accounts import CORE, DIPS, MANUAL, PaperAccount
from functions.paper.admission import AdmissionRules
from functions.paper.dips import dip_admission, dip_admission_beside
from functions.paper.orders import AccountRules
from functions.settings import Settings
from functions.technical.dips.rules import DipRules

CORE_START = Decimal(10_000)  # USDT at least: of less, a twentieth of a basket is under the exchange's least order


def rules_of(settings: Settings, account: PaperAccount) -> AccountRules:
    """Return the rules of an account: all alike, but a person who trades by hand may do what no rule of the desk would."""
    if account == DIPS:
        return dip_rules(settings)
    if account == CORE:
        return replace(
            _of_desk(settings, by_hand=False), start=max(settings.paper_start, CORE_START), regime_exit=False, hold=None
        )
    return _of_desk(settings, by_hand=account == MANUAL)


def _of_desk(settings: Settings, *, by_hand: bool) -> AccountRules:
    return AccountRules(
        start=settings.paper_start,
        costs=settings.costs,
        admission=_by_hand(settings) if by_hand else admission_of(settings),
        allow_short=settings.paper_allow_short,
        break_even=settings.paper_break_even,
        regime_exit=settings.paper_regime_exit and not by_hand,
        hold=None if by_hand else timedelta(days=settings.paper_hold_days),
    )


def dip_rules(settings: Settings) -> AccountRules:
    """Return the rules of the account of dip orders: those that were tested, but for money and costs."""
    return AccountRules(
        start=settings.paper_start,
        costs=settings.costs,
        admission=dip_admission(),
        allow_short=False,
        break_even=True,
        regime_exit=True,
        hold=DipRules().hold,
        by_limit=True,
    )


def resting_rules(settings: Settings, account: PaperAccount) -> AccountRules:
    """Return the rules of a dip order in an account: of how it trades, those that were tested; of what it may, its own."""
    if account == DIPS:
        return dip_rules(settings)
    own = rules_of(settings, account)
    return replace(dip_rules(settings), start=own.start, admission=dip_admission_beside(own.admission))


def admission_of(settings: Settings) -> AdmissionRules:
    """Return what an account may open that nobody trades by hand."""
    return AdmissionRules(
        limits=settings.limits,
        cooldown=timedelta(hours=settings.cooldown_hours),
        daily_loss=settings.daily_loss_percent / 100,
        losses_in_a_row=settings.losses_in_a_row,
        pause=timedelta(hours=settings.loss_pause_hours),
        farthest=settings.entry_distance_percent / 100,
    )


def _by_hand(settings: Settings) -> AdmissionRules:
    limits = settings.limits
    return AdmissionRules(
        limits=replace(limits, open_in_one_direction=limits.open_trades, exposure=Decimal(limits.open_trades)),
        cooldown=timedelta(0),
        daily_loss=None,
        losses_in_a_row=None,
        farthest=None,
    )
