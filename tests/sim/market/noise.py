"""Random numbers that are a pure function of (key, index), so that any stretch of a series can be computed alone.

Only integer arithmetic: the same candle comes out bit for bit however many are computed together.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_EVEN_WORDS = np.uint64(0x0000FFFF0000FFFF)
_LOW_HALF = np.uint64(0x00000000FFFFFFFF)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def key_of(seed: int, name: str) -> int:
    """Return the 63-bit key of a named stream."""
    return (zlib.crc32(name.encode()) << 31 ^ seed * 0x9E3779B1) & 0x7FFF_FFFF_FFFF_FFFF


def _mixed(key: int | NDArray[np.uint64], index: IntArray) -> NDArray[np.uint64]:
    """Return a 64-bit number for each index (splitmix64)."""
    mixed = index.astype(np.uint64) * _GOLDEN + np.asarray(key, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(30)
    mixed *= _MIX_1
    mixed ^= mixed >> np.uint64(27)
    mixed *= _MIX_2
    mixed ^= mixed >> np.uint64(31)
    return mixed


def words(key: int | NDArray[np.uint64], index: IntArray) -> NDArray[np.uint16]:
    """Return four independent 16-bit numbers for each index, shape `index.shape + (4,)`; a key for all or for each."""
    return _mixed(key, index).view(np.uint16).reshape(*index.shape, 4)


def steps(key: int, index: IntArray) -> IntArray:
    """Return bell-shaped integers around zero, standard deviation 37,837 (a sum of four uniform words)."""
    mixed = _mixed(key, index)
    pairs = (mixed & _EVEN_WORDS) + (mixed >> np.uint64(16) & _EVEN_WORDS)
    total = (pairs & _LOW_HALF) + (pairs >> np.uint64(32))
    return total.view(np.int64) - 131_070


STEP_DEVIATION = 37_837.0
