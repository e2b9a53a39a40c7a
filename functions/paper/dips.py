"""What an account may do with dip orders: their own takes every fill, so that it is what was tested."""

from dataclasses import replace

from functions.limits import Limits
from functions.paper.admission import AdmissionRules
from functions.technical.dips.rules import DIP_LIMITS


def dip_admission(limits: Limits = DIP_LIMITS) -> AdmissionRules:
    """Return the admission of a fill: one trade a pair, a pause of 4 h, the slots, and the cap on what all stops may lose."""
    return AdmissionRules(limits=limits, daily_loss=None, losses_in_a_row=None, farthest=None)


def dip_admission_beside(own: AdmissionRules) -> AdmissionRules:
    """Return the admission of a fill in an account that trades other things as well.

    The slots, pauses and limits of the account stand, but size and the cap on all stops are those of dip orders; the latter is
    in place of the cap on one direction.
    """
    limits = replace(
        own.limits,
        risk=DIP_LIMITS.risk,
        position=DIP_LIMITS.position,
        open_in_one_direction=own.limits.open_trades,
        open_risk=DIP_LIMITS.open_risk,
    )
    return replace(own, limits=limits, farthest=None)
