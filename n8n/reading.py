"""What the other roles may read of n8n's own tables: which workflows there are, and when each last ran. Nothing else of n8n's."""

from typing import Final

from sqlalchemy import Connection, text

from db.connect import engine_for
from functions.settings import Settings

# n8n's migrations may change these tables, so no view stands on them.
READABLE: Final = {
    "workflow_entity": ("id", "name", "activeVersionId", "updatedAt", "nodes", "settings", "meta", "isArchived"),
    "workflow_history": ("versionId", "nodes"),
    "workflow_statistics": ("workflowId", "name", "latestEvent"),
}
READERS: Final = "functions, collector, dashboard"


def let_runs_be_read(settings: Settings) -> None:
    """Let the other parts see whether n8n's workflows run; harmless to repeat. n8n has made its tables by now.

    Raises:
        DatabaseAway: the database does not answer.
    """
    engine = engine_for(settings.database("n8n"), application="quorum-deploy", pool_size=1)
    try:
        with engine.begin() as connection:
            grant(connection)
    finally:
        engine.dispose()


def grant(connection: Connection) -> None:
    """Grant it, as the owner of n8n's tables."""
    connection.execute(text(f"GRANT USAGE ON SCHEMA n8n TO {READERS}"))
    for table, columns in READABLE.items():
        names = ", ".join(f'"{column}"' for column in columns)
        connection.execute(text(f"GRANT SELECT ({names}) ON n8n.{table} TO {READERS}"))
