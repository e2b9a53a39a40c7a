"""HTTP: is this process alive, is it ready, and how is everything."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text

from functions.edge import Database

open_router = APIRouter(tags=["health"])
router = APIRouter(prefix="/status", tags=["status"])


class Health(BaseModel):
    """A process that answers."""

    status: str = "ok"


@open_router.get("/health")
def health() -> Health:
    """Tell that the process answers."""
    return Health()


@open_router.get("/health/ready")
def ready(database: Database) -> Health:
    """Tell that the database answers too; 503 when it does not."""
    with database.connect() as connection:
        connection.execute(text("SELECT 1"))
    return Health()
