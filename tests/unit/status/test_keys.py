"""The sources that want a key: each names settings that exist, what it adds and how to get it."""

import pytest

from functions.settings import CHECKOUT, Settings
from functions.status.keys import KEYED_SOURCES, KeyedSource, unconfigured
from tests.conftest import make_settings

EXAMPLE = (CHECKOUT / ".env.example").read_text()


@pytest.mark.parametrize("keyed", KEYED_SOURCES, ids=lambda keyed: keyed.source)
def test_each_names_settings_that_are_explained(keyed: KeyedSource) -> None:
    for name in keyed.settings:
        assert name.lower() in Settings.model_fields
        assert f"# {name}=" in EXAMPLE
    assert keyed.adds
    assert keyed.how


def test_source_is_unconfigured_until_all_its_settings_are_set() -> None:
    lacking = {keyed.source: missing for keyed, missing in unconfigured(make_settings().is_set)}
    assert lacking == {keyed.source: keyed.settings for keyed in KEYED_SOURCES}
    for keyed in KEYED_SOURCES:
        first, *others = keyed.settings
        left = {other.source: missing for other, missing in unconfigured(lambda name, first=first: name == first)}  # type: ignore[misc]
        assert left.get(keyed.source, ()) == tuple(others)
