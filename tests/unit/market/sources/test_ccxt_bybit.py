import subprocess
import sys

import pytest

from functions.market.sources.ccxt_bybit import unopened

ALONE = """
import sys
import functions.market.sources.ccxt_bybit as loaded
others = [name for name in sys.modules if name.startswith("ccxt.async_support.") and name.count(".") == 2]
assert sorted(others) == ["ccxt.async_support.base", "ccxt.async_support.bybit"], others
assert "ccxt" not in sys.modules
assert issubclass(loaded.bybit, loaded.Exchange)
assert loaded.bybit({"enableRateLimit": False}).id == "bybit"
import ccxt.async_support as whole  # the whole package can still be had, with the same errors
assert whole.RateLimitExceeded is loaded.errors.RateLimitExceeded
"""


def test_bybit_comes_without_the_other_exchanges_and_leaves_the_package_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_that_is_not_there_is_said() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"), unopened("no_such_package"):
        pass
