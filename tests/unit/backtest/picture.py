"""A report as a browser shows it: `python -m tests.unit.backtest.picture out.html docs/images/report.png`.

Without a file of `quorum backtest --report` it shows the run of random trades that the tests draw. It needs Chromium.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.backtest.report.page import page as html_of
from tests.browser import browser, small
from tests.unit.backtest.runs import run

WIDTH, HEIGHT = 1200, 800  # the targets, and the figures below them


def take(report: Path | None, target: Path) -> None:
    """Write the picture of a report, or of the drawn one."""
    with TemporaryDirectory() as place, browser(Path(place) / "chromium", WIDTH, HEIGHT) as page:
        drawn = Path(place) / "report.html"
        if report is None:
            drawn.write_text(html_of(run()))
        page.open((report or drawn).resolve().as_uri())
        page.until("document.querySelectorAll('[data-plot=equity] .main-svg').length > 0", "the equity is drawn")
        target.write_bytes(small(page.screenshot()))


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, nargs="?", help="HTML file of a backtest; the drawn run without it")
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    take(options.report, options.target)


if __name__ == "__main__":
    main()
