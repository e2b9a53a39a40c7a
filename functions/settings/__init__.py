"""Every setting, read once at the edge from the environment and `.env`; `.env.example` explains each one."""

import logging
import os
import re
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from typing_extensions import override

from db.connect import role_url
from db.embedded import DATABASE, socket_folder
from db.roles import RolePasswords
from functions.clock import MarketClock
from functions.costs import Costs
from functions.errors import InputRejected
from functions.pairs import read_symbol
from functions.settings.addresses import HOST, STREAM, WEB, is_address, read_address, read_header
from functions.settings.limits import LimitSettings
from functions.settings.model import ModelSettings
from functions.settings.sentences import sentence, shown
from functions.settings.sources import SourceSettings
from functions.settings.watchdog import WatchdogSettings
from functions.settings.weights import read_weights
from functions.shard import Shard
from functions.shown import command

CHECKOUT = Path(__file__).parents[2]
ENV_FILE = "QUORUM_ENV_FILE"  # names another file than .env, for a desk beside the person's own
Port = Annotated[int, Field(ge=1, le=65535)]
Ladder = tuple[Decimal, Decimal, Decimal]
Role = Literal["functions", "collector", "dashboard", "n8n"]
_BOT_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")
logging.getLogger("dotenv.main").setLevel(logging.ERROR)  # a line it cannot read is named by the status page
_LARGEST_ID = 2**52  # Telegram promises that no id is as large


class Settings(SourceSettings, ModelSettings, LimitSettings, WatchdogSettings):
    """The settings, of the given values alone; only `load` looks at the environment and the file. Secrets never print."""

    # utf-8-sig: Windows' editor begins a file with a mark that would become part of its first name.
    model_config = SettingsConfigDict(
        env_file_encoding="utf-8-sig", extra="ignore", frozen=True, env_ignore_empty=True, str_strip_whitespace=True
    )

    data_dir: Path = Path("data")
    database_url: str = ""  # empty: the embedded server under data_dir
    postgres_durable: bool = True  # off: data that may be lost when the machine falls, as the demo's
    db_functions_password: SecretStr
    db_collector_password: SecretStr
    db_dashboard_password: SecretStr
    db_n8n_password: SecretStr

    functions_host: str = "127.0.0.1"
    functions_port: Port = 8300
    functions_url: str = ""  # empty: this machine, functions_port
    functions_token: SecretStr = Field(min_length=16)

    collector_host: str = "127.0.0.1"
    collector_port: Port = 8301
    collector_shard: str = "1/1"  # which of how many: only docker-compose.scale.yml sets it
    top_symbols: Annotated[int, Field(ge=1, le=2000)] = 50
    symbols: Annotated[tuple[str, ...], NoDecode] = ()  # empty: the top_symbols by turnover

    history_days: Annotated[int, Field(ge=1, le=3650)] = 90
    keep_5m_days: Annotated[int, Field(ge=4, le=3650)] = 31
    keep_15m_days: Annotated[int, Field(ge=11, le=3650)] = 366

    bybit_requests_per_second: Annotated[float, Field(gt=0, le=110)] = 100.0  # the exchange bans above 120
    bybit_rest_url: str = "https://api.bybit.com"
    bybit_ws_url: str = "wss://stream.bybit.com/v5/public/spot"
    market_clock: str = ""  # only a simulated world sets it

    gate_symbol: str = "BTCUSDT"
    targets_r: Annotated[Ladder, NoDecode] = (Decimal("0.7"), Decimal(2), Decimal(4))  # in stop distances
    weights: str = "technical=40, sentiment=20, onchain=20, context=10, momentum=10"  # of the factors; only their shares count
    consensus_factors: Annotated[int, Field(ge=1, le=5)] = 3
    min_confidence_percent: Annotated[float, Field(ge=0, le=100)] = 65.0
    cooldown_hours: Annotated[float, Field(ge=0, le=168)] = 4.0
    range_limit: Annotated[float, Field(ge=1, le=100)] = 3.0  # times its usual range at which a coin is too wild
    fee_percent: Annotated[Decimal, Field(ge=0, le=5, decimal_places=8)] = Decimal("0.1")
    slippage_percent: Annotated[Decimal, Field(ge=0, le=5, decimal_places=8)] = Decimal("0.05")

    paper_start: Annotated[Decimal, Field(ge=10, le=1_000_000_000, decimal_places=8)] = Decimal(1000)  # USDT
    paper_allow_short: bool = False
    paper_break_even: bool = True
    price_alerts: Annotated[int, Field(ge=1, le=1000)] = 99  # of one chat that may wait

    telegram_bot_token: SecretStr = SecretStr("")
    telegram_chat_ids: Annotated[tuple[int, ...], NoDecode] = ()
    telegram_traders: Annotated[tuple[int, ...], NoDecode] = ()  # who may trade from a group beside those with a private chat
    telegram_api_url: str = "https://api.telegram.org"
    watchdog_bot_token: SecretStr = SecretStr("")  # empty: the desk's bot
    watchdog_chat_ids: Annotated[tuple[int, ...], NoDecode] = ()  # empty: the desk's chats

    n8n_host: str = "127.0.0.1"
    n8n_port: Port = 5678
    n8n_url: str = ""  # empty: this machine, n8n_port
    n8n_public_url: str = ""  # https address under which Telegram reaches n8n; empty: the bridge asks for updates
    n8n_encryption_key: SecretStr = Field(min_length=16)
    n8n_owner_email: str = "owner@quorum.local"
    n8n_owner_password: SecretStr = Field(min_length=8)
    n8n_webhook_token: SecretStr = Field(min_length=16)
    n8n_queue: bool = False  # n8n's runs are done by workers: only docker-compose.scale.yml sets it

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("symbols", "telegram_chat_ids", "telegram_traders", "watchdog_chat_ids", "targets_r", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, int):
            return (value,)
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("symbols", "gate_symbol")
    @classmethod
    def _pairs(cls, value: tuple[str, ...] | str) -> tuple[str, ...] | str:
        """Return pairs as the exchange names them; they may be written as in Telegram: eth, ETH/USDT."""
        return _pair(value) if isinstance(value, str) else tuple(dict.fromkeys(map(_pair, value)))

    @field_validator("telegram_chat_ids", "telegram_traders", "watchdog_chat_ids")
    @classmethod
    def _ids(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        """Return ids, each once."""
        for number in value:
            if not 0 < abs(number) < _LARGEST_ID:
                raise ValueError(f"expected ids as Telegram gives them, such as 123456789 or -1001234567890, got {number}"[:150])
        return tuple(dict.fromkeys(value))

    @field_validator("telegram_bot_token", "watchdog_bot_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _BOT_TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("expected a token as @BotFather writes it, 123456789:AAE... with 30 or more signs after the colon")
        return value

    @field_validator("functions_token", "n8n_webhook_token")
    @classmethod
    def _header(cls, value: SecretStr) -> SecretStr:
        return read_header(value)

    @field_validator("functions_host", "collector_host", "n8n_host")
    @classmethod
    def _host(cls, value: str) -> str:
        if not HOST.fullmatch(value):
            raise ValueError(f"expected an address or a name alone, such as 127.0.0.1, got {shown(value)}")
        return value

    @field_validator(
        "bybit_rest_url",
        "bybit_ws_url",
        "telegram_api_url",
        "functions_url",
        "n8n_url",
    )
    @classmethod
    def _web_address(cls, value: str, info: ValidationInfo) -> str:
        return read_address(value, STREAM if info.field_name == "bybit_ws_url" else WEB)

    @field_validator("n8n_owner_email")
    @classmethod
    def _email(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
            raise ValueError(f"expected an e-mail address such as owner@quorum.local, got {shown(value)}")
        return value

    @field_validator("targets_r")
    @classmethod
    def _ladder(cls, value: Ladder) -> Ladder:
        if not 0 < value[0] < value[1] < value[2] <= 20:
            raise ValueError("expected three rising targets above 0 and up to 20 stop distances, e.g. 0.7,2,4")
        if sum(value) < 6:
            mean = (sum(value, Decimal(0)) / 3).quantize(Decimal("0.01"), ROUND_FLOOR)
            raise ValueError(f"expected targets whose mean is 2 or more (risk/reward 1:2), got {mean}")
        return value

    @field_validator("weights")
    @classmethod
    def _weights(cls, value: str) -> str:
        read_weights(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _address(cls, value: str) -> str:
        # The address itself is not repeated: a password is in it.
        try:
            postgres = not value or make_url(value).get_backend_name() == "postgresql"
        except ArgumentError:
            postgres = False
        if not postgres:
            raise ValueError("expected postgresql://owner:password@host:5432/database")
        return value

    @field_validator("n8n_public_url")
    @classmethod
    def _public(cls, value: str) -> str:
        if value and not is_address(value, ("https",)):
            raise ValueError(f"expected an https:// address, Telegram takes no other, got {shown(value)}")
        return value.rstrip("/")

    @field_validator("collector_shard")
    @classmethod
    def _shard(cls, value: str) -> str:
        Shard.parse(value)
        return value

    @field_validator("market_clock")
    @classmethod
    def _clock(cls, value: str) -> str:
        MarketClock.parse(value)
        return value

    @property
    def factor_weights(self) -> dict[str, float]:
        """Return the weight of each factor by its name; 0 for one that WEIGHTS leaves out."""
        return read_weights(self.weights)

    @property
    def costs(self) -> Costs:
        """Return what a fill costs, in signals and on paper."""
        return Costs(fee=self.fee_percent / 100, slippage=self.slippage_percent / 100)

    @property
    def clock(self) -> MarketClock:
        """Return the market clock."""
        return MarketClock.parse(self.market_clock)

    @property
    def shard(self) -> Shard:
        """Return which pairs this collector follows."""
        return Shard.parse(self.collector_shard)

    @property
    def telegram_bot_url(self) -> str:
        """Return where the bot's methods are; it holds the token."""
        return f"{self.telegram_api_url.rstrip('/')}/bot{self.telegram_bot_token.get_secret_value()}"

    @property
    def watchdog_bot_url(self) -> str:
        """Return where the methods of the watchdog's bot are, with its token in it; empty when there is no bot at all."""
        token = (self.watchdog_bot_token.get_secret_value() or self.telegram_bot_token.get_secret_value()).strip()
        return f"{self.telegram_api_url.rstrip('/')}/bot{token}" if token else ""

    @property
    def watchdog_chats(self) -> tuple[int, ...]:
        """Return whom the watchdog tells."""
        return self.watchdog_chat_ids or self.telegram_chat_ids

    @property
    def embedded(self) -> bool:
        """Tell whether Quorum runs its own Postgres."""
        return not self.database_url

    @property
    def postgres_dir(self) -> Path:
        """Return the folder of the embedded cluster."""
        return self.data_dir.resolve() / "postgres"

    @property
    def owner_url(self) -> str:
        """Return the database owner's address."""
        return self.database_url or f"postgresql://postgres@/{DATABASE}?host={socket_folder(self.postgres_dir)}"

    def database(self, role: Role) -> str:
        """Return the database address one role logs in with."""
        return role_url(self.owner_url, role, getattr(self.passwords, role))

    @property
    def passwords(self) -> RolePasswords:
        """Return the roles' passwords in the clear."""
        return RolePasswords(
            functions=self.db_functions_password.get_secret_value(),
            collector=self.db_collector_password.get_secret_value(),
            dashboard=self.db_dashboard_password.get_secret_value(),
            n8n=self.db_n8n_password.get_secret_value(),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every secret that is set, in the clear, for what has to keep it out of its words."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr) and value.get_secret_value())

    @property
    def functions_address(self) -> str:
        """Return where n8n and the command line reach the functions, without a trailing slash."""
        return self.functions_url.rstrip("/") or f"http://127.0.0.1:{self.functions_port}"

    @property
    def telegram_trigger(self) -> bool:
        """Tell whether Telegram posts updates to n8n itself; otherwise the collector's bridge fetches them."""
        return bool(self.n8n_public_url and self.telegram_bot_token.get_secret_value())

    @property
    def n8n_address(self) -> str:
        """Return where the collector and a person reach n8n, without a trailing slash."""
        return self.n8n_url.rstrip("/") or f"http://127.0.0.1:{self.n8n_port}"

    @classmethod
    @override
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *args: object, **sources: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what is given."""
        return (init_settings,)

    @classmethod
    def load(cls, file: Path | None = None) -> Self:
        """Read the settings from the environment and, where it says nothing, from `env_file`; with `file` from that one alone.

        Raises:
            InputRejected: a setting is missing or wrong; the sentence names the first one.
        """
        source = file or env_file()
        if source.is_dir():
            raise InputRejected("env_file", f"{source} is a folder; move it away, then run {command('init')}")
        try:
            values = DotEnvSettingsSource(cls, env_file=source)()
        except UnicodeDecodeError as error:
            raise InputRejected("env_file", f"{source} is no UTF-8 text; save it again as UTF-8") from error
        except OSError as error:
            raise InputRejected("env_file", f"{source} cannot be read: {error.strerror or error}") from error
        if file is None:
            values |= EnvSettingsSource(cls)()
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise InputRejected("wrong_setting", sentence(cls.model_fields, error, values)) from None


def env_file() -> Path:
    """Return the file that settings are read from: `.env` of the current folder, or the one QUORUM_ENV_FILE names."""
    return Path(os.environ.get(ENV_FILE) or ".env")


def use_only(file: Path) -> None:
    """Let this process and those it starts read their settings from `file` alone, whatever the environment held."""
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        del os.environ[name]
    os.environ[ENV_FILE] = str(file)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the process's settings, read once."""
    return Settings.load()


def _pair(written: str) -> str:
    symbol = read_symbol(written)
    if symbol is None:
        raise ValueError(f"expected USDT pairs such as BTCUSDT, eth or ETH/USDT, got {shown(written)}")
    return symbol
