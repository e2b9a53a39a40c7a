"""What the account of dip orders may do: it takes every fill, so that it is what was tested."""

from functions.limits import Limits
from functions.paper.admission import AdmissionRules
from functions.technical.dips.rules import DIP_LIMITS


def dip_admission(limits: Limits = DIP_LIMITS) -> AdmissionRules:
    """Return the admission of a fill: one trade a pair, a pause of 4 h, the slots, and the cap on what all stops may lose."""
    return AdmissionRules(limits=limits, daily_loss=None, losses_in_a_row=None, farthest=None)
