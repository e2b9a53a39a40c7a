"""What the compiler brings into a process."""

import subprocess
import sys

ASKS = """
import sys
from functions.technical.engine.recursive import ema
import numpy as np
assert np.allclose(ema(np.ones(9), 3)[2:], 1)
print([name for name in sys.modules if name.split(".")[0] == "scipy"])
import scipy.linalg
"""


def test_compiled_loops_bring_no_scipy_and_leave_it_to_who_wants_it() -> None:
    done = subprocess.run([sys.executable, "-c", ASKS], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_scipy_that_is_loaded_already_stays() -> None:
    words = "import scipy.linalg, sys; import functions.technical.compiler; assert 'scipy.linalg' in sys.modules"
    subprocess.run([sys.executable, "-c", words], check=True)
