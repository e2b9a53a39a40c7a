"""The settings of the language model that judges headlines, and of the gateway that does research."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from functions.settings.addresses import WEB, read_address, read_header

Price = Annotated[Decimal, Field(ge=0, le=10_000)]  # USD


class ModelSettings(BaseSettings):
    """A model at any OpenAI-compatible address with its budget, and an OpenClaw gateway. Without them neither is asked."""

    llm_model: str = ""  # empty: the embedding judges
    llm_url: str = "https://api.openai.com/v1"
    llm_key: SecretStr = SecretStr("")  # a server of one's own needs none
    llm_placeholders: bool = False
    llm_daily_tokens: Annotated[int, Field(ge=0, le=1_000_000_000)] = 500_000
    llm_daily_usd: Price = Decimal(1)
    llm_input_price: Price = Decimal(0)  # of a million tokens
    llm_output_price: Price = Decimal(0)
    llm_answer_tokens: Annotated[int, Field(ge=200, le=100_000)] = 1_000

    openclaw_url: str = ""  # empty: no research
    openclaw_token: SecretStr = SecretStr("")
    openclaw_agent: str = "openclaw/news"

    @field_validator("llm_key", "openclaw_token")
    @classmethod
    def _model_key(cls, value: SecretStr) -> SecretStr:
        return read_header(value)

    @field_validator("llm_url", "openclaw_url")
    @classmethod
    def _model_address(cls, value: str) -> str:
        return read_address(value, WEB)
