"""What /status says of workflows: a line for each that does not run as it should, none for those that do."""

import pytest

from functions.delivery.messages.texts import commands
from functions.delivery.messages.words import Html, Language, Words
from tests.unit.delivery import making

STATES = ("runs", "stopped", "fails", "off")
DESK = {
    "as_of": making.CLOSE,
    "gate": Html("the gate"),
    "signals_24h": 0,
    "open_gaps": 0,
    "outbox": {},
    "parts": [],
    "candles": [],
    "dead": [],
    "workflows": [{"name": f"It <{state}>", "state": state} for state in STATES],
}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            Language.EN,
            [
                "❌ the workflow It &lt;stopped&gt; does not run",
                "❌ the workflow It &lt;fails&gt; fails",
                "▫️ the workflow It &lt;off&gt; is turned off",
            ],
        ),
        (
            Language.RU,
            [
                "❌ процесс It &lt;stopped&gt; не выполняется",
                "❌ процесс It &lt;fails&gt; завершается ошибкой",
                "▫️ процесс It &lt;off&gt; выключен",
            ],
        ),
    ],
)
def test_workflow_that_does_not_run_has_a_line(language: Language, expected: list[str]) -> None:
    assert commands.status(DESK, Words(language)).splitlines()[-3:] == expected
