"""What the doctor says of the language model and the gateway."""

from collections.abc import Iterator

import pytest

from functions.operations.checks.model import examine_models
from tests.conftest import make_settings
from tests.sim import GatewaySim, InThread, ModelSim

NOWHERE = "http://127.0.0.1:1/v1"


@pytest.fixture
def sims() -> Iterator[tuple[ModelSim, GatewaySim]]:
    model, gateway = ModelSim(), GatewaySim()
    with InThread(model, gateway):
        yield model, gateway


def lines(**changes: object) -> dict[str, tuple[str, str]]:
    return {check: (verdict, detail) for check, verdict, detail in examine_models(make_settings(**changes))}


def test_nothing_is_said_of_what_is_not_set() -> None:
    assert lines() == {}


def test_model_and_gateway_that_answer_are_well(sims: tuple[ModelSim, GatewaySim]) -> None:
    model, gateway = sims
    found = lines(
        llm_model="reader-1", llm_url=model.url, llm_key=model.key, openclaw_url=gateway.url, openclaw_token=gateway.key
    )
    assert {check: verdict for check, (verdict, _) in found.items()} == {"model": "ok", "openclaw": "ok"}


def test_wrong_key_and_silence_are_named_without_the_key(sims: tuple[ModelSim, GatewaySim]) -> None:
    verdict, detail = lines(llm_model="reader-1", llm_url=sims[0].url, llm_key="sk-wrong-key-of-mine")["model"]
    assert verdict == "warn"
    assert "refuses LLM_KEY (401)" in detail
    assert "sk-wrong" not in detail
    away = lines(llm_model="reader-1", llm_url=NOWHERE, openclaw_url=NOWHERE)
    assert {check: verdict for check, (verdict, _) in away.items()} == {"model": "warn", "openclaw": "warn"}


def test_gateway_without_its_token_is_named(sims: tuple[ModelSim, GatewaySim]) -> None:
    assert "OPENCLAW_TOKEN is not set" in lines(openclaw_url=sims[1].url)["openclaw"][1]


def test_model_of_others_without_its_prices_is_named() -> None:
    assert "model budget" in lines(llm_model="m", llm_url="https://127.0.0.2.invalid/v1")
