"""The paper accounts by their names."""

import pytest

from functions.errors import NotFound
from functions.paper.accounts import ACCOUNTS, account_named


def test_each_account_is_found_by_its_name_and_trades_what_no_other_does() -> None:
    assert [account_named(account.name) for account in ACCOUNTS] == list(ACCOUNTS)
    assert len({account.trades for account in ACCOUNTS}) == len(ACCOUNTS)
    assert [account.name for account in ACCOUNTS if not account.shadow] == ["desk", "manual", "dips"]


def test_unknown_account_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(
        NotFound, match="expected one of desk, manual, technical, watch_list, random, dips, core, got 'mine'"
    ) as caught:
        account_named("mine")
    assert caught.value.code == "unknown_account"
    with pytest.raises(NotFound, match=f"got '{'x' * 40}'$"):
        account_named("x" * 99)
