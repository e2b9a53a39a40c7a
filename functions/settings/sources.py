"""The settings of outside sources: where each is, and the key of those that want one."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from functions.settings.addresses import STREAM, WEB, read_address, read_header
from functions.settings.mood import MoodSettings
from functions.settings.thresholds import Thresholds, read_thresholds


class SourceSettings(MoodSettings):
    """Addresses and keys of the sources beside the exchange. Without a key a source that wants one is not asked."""

    fear_greed_url: str = "https://api.alternative.me"
    coingecko_url: str = "https://api.coingecko.com/api/v3"
    coingecko_key: SecretStr = SecretStr("")  # empty: the limits of one address without a key

    defillama_url: str = "https://api.llama.fi"
    stablecoins_url: str = "https://stablecoins.llama.fi"
    polymarket_gamma_url: str = "https://gamma-api.polymarket.com"
    polymarket_clob_url: str = "https://clob.polymarket.com"

    cryptoquant_url: str = "https://api.cryptoquant.com/v1"
    cryptoquant_key: SecretStr = SecretStr("")
    dune_url: str = "https://api.dune.com/api/v1"
    dune_key: SecretStr = SecretStr("")
    dune_query_id: Annotated[int, Field(ge=0, le=10**12)] = 0  # of the saved functions/onchain/sql/exchange_flows.sql

    whale_alert_url: str = "https://api.whale-alert.io/v1"
    whale_alert_ws_url: str = "wss://leviathan.whale-alert.io/ws"
    whale_alert_key: SecretStr = SecretStr("")  # of the websocket
    whale_alert_rest_key: SecretStr = SecretStr("")
    whale_alert_requests_per_minute: Annotated[int, Field(ge=1, le=1000)] = 10
    whale_alert_history_hours: Annotated[int, Field(ge=1, le=720)] = 1
    whale_thresholds: str = "BTC=1000000, ETH=1000000, others=500000"  # USD above which a transaction is kept
    whale_news_usd: Annotated[int, Field(ge=500_000, le=10**12)] = 10_000_000
    keep_whale_days: Annotated[int, Field(ge=35, le=3650)] = 400
    keep_odds_days: Annotated[int, Field(ge=35, le=3650)] = 400

    @field_validator("coingecko_key", "whale_alert_key", "whale_alert_rest_key", "cryptoquant_key", "dune_key")
    @classmethod
    def _source_key(cls, value: SecretStr) -> SecretStr:
        return read_header(value)

    @field_validator(
        "fear_greed_url",
        "coingecko_url",
        "defillama_url",
        "stablecoins_url",
        "polymarket_gamma_url",
        "polymarket_clob_url",
        "cryptoquant_url",
        "dune_url",
        "whale_alert_url",
        "whale_alert_ws_url",
    )
    @classmethod
    def _source_address(cls, value: str, info: ValidationInfo) -> str:
        return read_address(value, STREAM if str(info.field_name).endswith("_ws_url") else WEB)

    @field_validator("whale_thresholds")
    @classmethod
    def _thresholds(cls, value: str) -> str:
        read_thresholds(value)
        return value

    @property
    def thresholds(self) -> Thresholds:
        """Return from which amount on a transaction of a coin is kept."""
        return read_thresholds(self.whale_thresholds)

    def is_set(self, name: str) -> bool:
        """Tell whether a setting has a value, by its name in `.env`."""
        value = getattr(self, name.lower())
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
