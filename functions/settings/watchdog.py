"""The settings of the watchdog: its own way to Telegram, and the address that hears of it while it lives."""

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from functions.settings.addresses import WEB, is_address


class WatchdogSettings(BaseSettings):
    """What the watchdog needs beside what the desk has; without any of it, it writes with the desk's bot to the desk's chats."""

    watchdog_grace_seconds: Annotated[int, Field(ge=10, le=3600)] = 60  # that a trouble may last before anybody is told
    healthcheck_url: SecretStr = SecretStr("")  # whoever has it can pretend that the desk is well
    healthcheck_period_seconds: Annotated[int, Field(ge=10, le=86400)] = 60

    @field_validator("healthcheck_url")
    @classmethod
    def _check_address(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        if address and not is_address(address, WEB):  # which is not repeated
            raise ValueError("expected an address such as https://hc-ping.com/your-uuid")
        return SecretStr(address.rstrip("/"))
