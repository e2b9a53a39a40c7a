"""Numba's compiler for the few loops where a value needs the one before it, as `compiled`.

It takes a second and about 120 MB, so a module that compiles is imported where it is first needed; the machine code is kept for
the next process. Numba notices changes of a function's own file alone, so what is compiled calls nothing outside of that file.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """Let no import find a package that is not loaded yet."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # Python's own mark of a module that is not there
    try:
        yield
    finally:
        del sys.modules[package]


with _hidden("scipy"):  # asked for linear algebra, which nothing here compiles: 43 modules, 20 MB
    import numba.np.arraymath

compiled = numba.njit(cache=True, nogil=True)
