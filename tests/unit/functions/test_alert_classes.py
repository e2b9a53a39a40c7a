"""Every kind of alert has its class, and every class its policy."""

import pytest

from functions.delivery.messages.rendering import KINDS
from functions.outbox.classes import CLASS_OF_KIND, OPTIONAL, POLICIES, AlertClass, class_of


def test_every_kind_that_has_a_text_has_a_class() -> None:
    assert CLASS_OF_KIND.keys() == set(KINDS)


def test_every_class_has_a_policy_and_a_place_of_its_own() -> None:
    assert POLICIES.keys() == set(AlertClass)
    assert sorted(POLICIES, key=lambda kind: POLICIES[kind].priority) == list(AlertClass)
    assert len({policy.priority for policy in POLICIES.values()}) == len(AlertClass)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reply", AlertClass.ANSWER),
        ("trade_closed", AlertClass.TRADE),
        ("signal", AlertClass.SIGNAL),
        ("listing", AlertClass.NEWS),
        ("failed_run", AlertClass.REPORT),
        ("of tomorrow", AlertClass.REPORT),
    ],
)
def test_class_of_a_kind(kind: str, expected: AlertClass) -> None:
    assert class_of(kind) is expected


def test_all_but_answers_may_be_turned_off_and_wait_in_quiet_hours() -> None:
    assert set(AlertClass) - set(OPTIONAL) == {AlertClass.ANSWER}
    assert [kind for kind, policy in POLICIES.items() if not policy.quiet] == [AlertClass.ANSWER]
    assert [kind for kind, policy in POLICIES.items() if policy.limited] == [AlertClass.SIGNAL]
    assert [kind for kind, policy in POLICIES.items() if policy.clustered] == [AlertClass.SIGNAL]
