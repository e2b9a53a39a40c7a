"""Any indicator on request holds up nobody: none of them is compiled in the process that scans."""

import subprocess
import sys

EVERY_INDICATOR = """
import sys
from functions.market.candles.timeframe import Timeframe
from functions.technical.engine.adhoc import compute, frame_of, known_indicators
from tests.unit.technical.making import walk

frame = frame_of(walk(Timeframe.H1, ["AAAUSDT"], 300), 0)
results = [compute(frame, name) for name in known_indicators()]
assert sum(result.problem is None for result in results) > 100
assert compute(frame, "cdl_pattern").problem is None
print("numba" in sys.modules)
"""


def test_no_indicator_brings_the_compiler() -> None:
    answered = subprocess.run([sys.executable, "-c", EVERY_INDICATOR], capture_output=True, text=True, check=False)
    assert (answered.stdout.strip(), answered.returncode) == ("False", 0), answered.stderr
