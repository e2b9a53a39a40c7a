"""A process holds in memory what it serves, and no more."""

import subprocess
import sys

import pytest

from functions.settings import CHECKOUT

# What only some requests, commands or other processes need; each takes ten megabytes and more.
HEAVY = ("arch", "ccxt.async_support", "matplotlib", "numba", "openai", "optuna", "pandas", "plotly", "praw", "scipy", "textual")


@pytest.mark.parametrize(
    ("module", "needed"),
    [("functions.app", set()), ("functions.collector.main", {"ccxt.async_support"})],
)
def test_a_start_imports_nothing_that_is_large_and_seldom_used(module: str, needed: set[str]) -> None:
    program = f"import sys, {module}; print(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= needed
