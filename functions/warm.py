"""What the first requests would wait for, done beside the start."""

import gc
import importlib

LATER = (
    "functions.market.sources.bybit",
    "adbc_driver_postgresql.dbapi",
    "pyarrow.compute",
    "matplotlib.collections",
    "matplotlib.figure",
)


def warm() -> None:
    """Import what only some requests need, and take what lives for good out of the garbage collector's sight.

    A full collection then walks over what requests have made instead of a million objects of libraries: 90 ms in the middle of a
    scan. Python's own advice for servers: `gc.freeze` once all is imported.
    """
    for name in LATER:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
