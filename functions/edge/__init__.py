"""What every HTTP function depends on: the database, the settings, the moment, and who may call."""

import hmac
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from functions.errors import NotAllowed
from functions.settings import Settings

_bearer = HTTPBearer(auto_error=False, description="FUNCTIONS_TOKEN of .env")


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


Config = Annotated[Settings, Depends(_settings)]
Database = Annotated[Engine, Depends(_engine)]


def moment(as_of: datetime | None, settings: Settings) -> datetime:
    """Return the moment a function works at: the request's, or the market clock's now."""
    return as_of or settings.clock.now()


def known_by(as_of: datetime | None, settings: Settings) -> datetime | None:
    """Return the wall time whose knowledge a request asks for; None, all that is known, when it names no moment."""
    return settings.clock.wall(as_of) if as_of else None


def require_token(settings: Config, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None) -> None:
    """Let a request pass only with the bearer token.

    Raises:
        NotAllowed: there is no token or it is another one.
    """
    given = credentials.credentials if credentials else ""
    if not hmac.compare_digest(given.encode(), settings.functions_token.get_secret_value().encode()):
        raise NotAllowed("wrong_token", "expected `Authorization: Bearer` with the FUNCTIONS_TOKEN of .env")
