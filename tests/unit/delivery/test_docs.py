"""Every command that docs/telegram.md shows is one, and every command is shown there."""

import re

from functions.delivery.inbox import preferences
from functions.delivery.inbox.commands import ChangeSetting, Name, Unknown, Usage, parse
from functions.settings import CHECKOUT

PAGE = (CHECKOUT / "docs" / "telegram.md").read_text()
EXAMPLES = re.findall(r"^\| `(/[^`]+)` \|", PAGE, re.MULTILINE)


def test_every_example_is_understood() -> None:
    for example in EXAMPLES:
        assert not isinstance(parse(example), Usage), example
        assert parse(example) != Unknown(None), example


def test_every_command_and_setting_has_an_example() -> None:
    assert {Name(example.split()[0][1:]) for example in EXAMPLES if example != "/btc"} == set(Name)
    settings = [example for example in EXAMPLES if isinstance(parse(example), ChangeSetting)]
    assert {example.split()[1] for example in settings} == set(preferences.NAMES)
