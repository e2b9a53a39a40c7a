"""Addresses and secrets as a person writes them: what can be one."""

import re
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from functions.settings.sentences import shown

WEB: Final = ("https", "http")
STREAM: Final = ("wss", "ws")
HOST: Final = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:-]*")
_LONG_HOST = 64


def read_address(value: str, schemes: tuple[str, ...]) -> str:
    """Return an address as it is, or nothing where none is given.

    Raises:
        ValueError: it is no address of one of the schemes.
    """
    if value and not is_address(value, schemes):
        host = value if HOST.fullmatch(value) and len(value) < _LONG_HOST else "host"
        raise ValueError(f"expected an address such as {schemes[0]}://{host}, got {shown(value)}")
    return value


def read_header(value: SecretStr) -> SecretStr:
    """Return a secret that can travel in a header.

    Raises:
        ValueError: there are signs in it that cannot.
    """
    if not re.fullmatch(r"[!-~]*", value.get_secret_value()):
        raise ValueError("expected letters a to z, digits and signs, without a space: it travels in a header")
    return value


def is_address(value: str, schemes: tuple[str, ...]) -> bool:
    """Tell whether a text is an address of one of the schemes, with a host."""
    try:
        address = urlsplit(value)
        return address.scheme in schemes and bool(address.hostname) and address.port != 0 and not re.search(r"\s", value)
    except ValueError:  # the port is no number, or a bracket lacks
        return False
