"""The settings of outside sources: where each is, and the key of those that want one."""

from pydantic import SecretStr, field_validator

from functions.settings.addresses import WEB, read_address, read_header
from functions.settings.mood import MoodSettings


class SourceSettings(MoodSettings):
    """Addresses and keys of the sources beside the exchange. Without a key a source that wants one is not asked."""

    fear_greed_url: str = "https://api.alternative.me"
    coingecko_url: str = "https://api.coingecko.com/api/v3"
    coingecko_key: SecretStr = SecretStr("")  # empty: the limits of one address without a key

    defillama_url: str = "https://api.llama.fi"
    stablecoins_url: str = "https://stablecoins.llama.fi"
    polymarket_gamma_url: str = "https://gamma-api.polymarket.com"
    polymarket_clob_url: str = "https://clob.polymarket.com"

    @field_validator("coingecko_key")
    @classmethod
    def _source_key(cls, value: SecretStr) -> SecretStr:
        return read_header(value)

    @field_validator(
        "fear_greed_url", "coingecko_url", "defillama_url", "stablecoins_url", "polymarket_gamma_url", "polymarket_clob_url"
    )
    @classmethod
    def _source_address(cls, value: str) -> str:
        return read_address(value, WEB)

    def is_set(self, name: str) -> bool:
        """Tell whether a setting has a value, by its name in `.env`."""
        value = getattr(self, name.lower())
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
