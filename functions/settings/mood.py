"""The settings of what people write: where it is, and the key of each. What has no key is left out."""

import re
from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from functions.settings.addresses import WEB, read_address, read_header
from functions.settings.sentences import shown

_POST = ("items", "id", "text", "published", "link")


class MoodSettings(BaseSettings):
    """Addresses and keys of what people write about coins."""

    lunarcrush_url: str = "https://lunarcrush.com/api4/public"
    lunarcrush_key: SecretStr = SecretStr("")
    reddit_url: str = "https://www.reddit.com"
    reddit_oauth_url: str = "https://oauth.reddit.com"
    reddit_client_id: str = ""
    reddit_client_secret: SecretStr = SecretStr("")
    subreddits: Annotated[tuple[str, ...], NoDecode] = ("CryptoCurrency", "Bitcoin")
    posts_url: str = ""  # of an aggregator of posts on X, with its query; empty: none
    posts_key: SecretStr = SecretStr("")
    posts_fields: str = "items=data, id=id, text=text, published=created_at, link=url"
    feeds_url: str = ""  # only a simulated world sets it: the feeds of n8n's workflow are there, each by its name

    @field_validator("lunarcrush_key", "reddit_client_secret", "posts_key")
    @classmethod
    def _mood_key(cls, value: SecretStr) -> SecretStr:
        return read_header(value)

    @field_validator("lunarcrush_url", "reddit_url", "reddit_oauth_url", "posts_url", "feeds_url")
    @classmethod
    def _mood_address(cls, value: str) -> str:
        return read_address(value, WEB)

    @field_validator("subreddits", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("subreddits")
    @classmethod
    def _subreddits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not re.fullmatch(r"\w{2,30}", name, re.ASCII):
                raise ValueError(f"expected names of subreddits such as CryptoCurrency,Bitcoin, got {shown(name)}")
        return value

    @field_validator("posts_fields")
    @classmethod
    def _fields(cls, value: str) -> str:
        _paths(value)
        return value

    @property
    def post_paths(self) -> dict[str, str]:
        """Return where the aggregator's answer has what of a post: items, id, text, published, link."""
        return _paths(self.posts_fields)


def _paths(text: str) -> dict[str, str]:
    """Read `items=data, id=id, ...`: each name once, and a path for each but the list itself."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    paths = {name.strip(): path.strip() for name, _, path in pairs}
    if sorted(paths) != sorted(_POST) or len(pairs) != len(_POST) or not all(paths[name] for name in _POST[1:]):
        raise ValueError(f"expected {', '.join(f'{name}=PATH' for name in _POST)}")
    return paths
