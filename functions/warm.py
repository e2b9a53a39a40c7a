"""What the first requests would wait for, done beside the start."""

import gc
import importlib
import os
import threading
from contextlib import suppress

LATER = (
    "functions.market.sources.bybit",
    "adbc_driver_postgresql.dbapi",
    "pyarrow.compute",
    "talib",
    "matplotlib.collections",
    "matplotlib.figure",
)


def warm_beside() -> None:
    """Warm in a thread that leaves the processor to whatever else is starting, as n8n."""
    threading.Thread(target=_yielding, daemon=True).start()


def warm() -> None:
    """Import what only some requests need, and take what lives for good out of the garbage collector's sight.

    A full collection then walks over what requests have made instead of half a million objects of libraries, which takes 90 ms in
    the middle of a scan. `gc.freeze` once all is imported is Python's own advice for servers.
    """
    for name in LATER:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _yielding() -> None:
    with suppress(OSError):  # on Linux a thread has a priority of its own, elsewhere perhaps not
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    warm()
