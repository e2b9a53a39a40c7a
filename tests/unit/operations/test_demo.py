"""The settings of a simulated world."""

from pathlib import Path
from urllib.parse import urlsplit

from functions.operations.demo import world
from functions.settings import Settings


def test_no_real_site_is_asked(tmp_path: Path) -> None:
    settings = world(tmp_path, speed=20, symbols=5)
    real = {name for name, field in Settings.model_fields.items() if "://" in str(field.default)}
    assert "bybit_rest_url" in real
    assert {name for name in real if urlsplit(getattr(settings, name)).hostname != "127.0.0.1"} == {"llm_url"}
    assert settings.llm_model == ""  # so no model is asked
    assert urlsplit(settings.feeds_url).hostname == "127.0.0.1"
