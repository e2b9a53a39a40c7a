"""Whether the language model and the research gateway answer, where they are set; a desk works without either."""

from collections.abc import Iterator
from typing import Literal

import httpx

from functions.errors import InputRejected
from functions.logs import hide_secrets
from functions.outgoing.proxies import is_here, route
from functions.settings import Settings

TIMEOUT = 10
Line = tuple[str, Literal["ok", "warn"], str]  # what, how it is, what was found


def examine_models(settings: Settings) -> Iterator[Line]:
    """Yield a line for the model and one for the gateway; nothing for what is not set."""
    if settings.llm_model:
        yield "model", *_model(settings)
        if not settings.llm_input_price and not settings.llm_output_price and not is_here(settings.llm_url):
            yield "model budget", "warn", "LLM_INPUT_PRICE and LLM_OUTPUT_PRICE are not set: tokens are counted, and no money"
    if settings.openclaw_url:
        yield "openclaw", *_gateway(settings)


def _model(settings: Settings) -> tuple[Literal["ok", "warn"], str]:
    key = settings.llm_key.get_secret_value()
    answer = _get(f"{settings.llm_url.rstrip('/')}/models", key)
    if isinstance(answer, str):
        return "warn", f"{settings.llm_url}: {answer}; the embedding judges"
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return "warn", f"{settings.llm_url} refuses LLM_KEY ({answer.status_code}); the embedding judges"
    return "ok", f"{settings.llm_model} at {settings.llm_url}"


def _gateway(settings: Settings) -> tuple[Literal["ok", "warn"], str]:
    base = settings.openclaw_url.rstrip("/").removesuffix("/v1")
    answer = _get(f"{base}/readyz", "")  # which asks for no token
    if isinstance(answer, str):
        return "warn", f"{base}: {answer}; there is no research"
    if not answer.is_success:
        return "warn", f"{base} is not ready ({answer.status_code}); there is no research"
    if not settings.openclaw_token.get_secret_value():
        return "warn", "OPENCLAW_TOKEN is not set: the gateway refuses; there is no research"
    return "ok", f"{settings.openclaw_agent} at {base}"


def _get(url: str, key: str) -> httpx.Response | str:
    try:
        return httpx.get(url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=TIMEOUT, **route(url))
    except InputRejected as error:
        return error.detail
    except httpx.HTTPError as error:
        return hide_secrets(str(error)) or type(error).__name__
