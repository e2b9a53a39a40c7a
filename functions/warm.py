"""Work that the first requests would wait for, done before they come."""

import gc
import importlib
import os
import threading
from contextlib import suppress

import numpy as np

from functions.market.candles.grid import Candles
from functions.market.candles.timeframe import Timeframe
from functions.paper.settling.touch import Paths, Trades, first_touches
from functions.technical.engine.analysis import analyse
from functions.technical.engine.recursive import ema

AFTER_SECONDS = 30.0
LATER = (
    "functions.market.sources.bybit",
    "matplotlib.collections",
    "matplotlib.figure",
)


def warm_soon() -> threading.Timer:
    """Warm once the start is over: until then other parts, such as n8n, need the processor."""
    timer = threading.Timer(AFTER_SECONDS, _yielding)
    timer.daemon = True
    timer.start()
    return timer


def warm() -> None:
    """Import what only some requests need, and freeze the objects that live for good, so that the garbage collector skips them.

    A full collection then walks over what requests have made instead of half a million objects of libraries, which takes 90 ms in
    the middle of a scan. `gc.freeze` once all is imported is Python's own advice for servers.
    """
    for name in LATER:
        importlib.import_module(name)
    run_compiled_loops()
    gc.collect()
    gc.freeze()


def run_compiled_loops() -> None:
    """Run each compiled loop on nothing, which loads its machine code, or makes and keeps it.

    A process that has compiled holds 40 MB more for as long as it lives, so `make` does it at the installation:
    `python -m functions.warm`.
    """
    nothing = Candles(Timeframe.D1, (), np.empty(0, np.int64), *(np.empty((0, 0)) for _ in range(5)))
    analyse(nothing)
    ema(np.zeros(1), 1)
    first_touches(Paths.of(nothing), Trades.of((), (), ()))


def _yielding() -> None:
    with suppress(OSError):  # on Linux a thread has a priority of its own, elsewhere perhaps not
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    warm()


if __name__ == "__main__":
    run_compiled_loops()
