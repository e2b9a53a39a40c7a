"""Write docs/settings.md out of .env.example: `python -m tests.house.settings_page docs/settings.md`."""

import re
import sys
from pathlib import Path

from tests.house.graph import CHECKOUT

HEAD = """# Settings

Every setting of Quorum, made out of `.env.example` by `python -m tests.house.settings_page docs/settings.md`. Write a setting
into `.env`, in the folder of the checkout, and start again. `make status` names a line of `.env` that is no setting; a wrong
value stops the start with one line that names it. The settings of one chat (quiet hours, language, budget) are commands: see
[Telegram](telegram.md).
"""
_SETTING = re.compile(r"(?:# )?([A-Z0-9_]+)=(.*)")


def page(example: str) -> str:
    """Return the page: a table for each section of `.env.example`, its comments beside the settings below them."""
    lines, comment = [HEAD], ""
    for line in example.splitlines():
        if title := re.fullmatch(r"# --- (.*?)\.? ---", line):
            name, _, rest = title[1].partition(": ")
            lines += [f"\n## {name}\n", *([f"{rest[0].upper()}{rest[1:]}.\n"] if rest else [])]
            lines += ["| setting | default | |", "|---|---|---|"]
            comment = ""
        elif setting := _SETTING.fullmatch(line):
            default = f"`{setting[2]}`" if setting[2] else ""
            lines.append(f"| `{setting[1]}` | {default} | {comment.strip() or 'As the line above.'} |")
            comment = ""
        elif line.startswith("# "):
            comment += line.removeprefix("#")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page((CHECKOUT / ".env.example").read_text()))
