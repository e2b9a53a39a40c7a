"""The credentials of n8n's nodes. Each deploy overwrites those in n8n with the settings."""

from typing import Any, NamedTuple

from functions.settings import Settings

WEBHOOK_HEADER = "X-Quorum-Token"
NOT_SET = "not-set"  # n8n wants something; without a token the functions hand out no message


class Kind(NamedTuple):
    """One credential: its id in git, its name in n8n, n8n's type of it."""

    id: str
    name: str
    type: str


FUNCTIONS = Kind("quorum-functions", "Quorum functions", "httpHeaderAuth")
WEBHOOK = Kind("quorum-webhook", "Quorum webhook", "httpHeaderAuth")
TELEGRAM = Kind("quorum-telegram", "Quorum Telegram bot", "telegramApi")
KINDS = (FUNCTIONS, WEBHOOK, TELEGRAM)


def credentials(settings: Settings) -> tuple[tuple[Kind, dict[str, Any]], ...]:
    """Return every credential that a workflow of ours uses with its data; secrets are in the clear."""
    return (
        (FUNCTIONS, {"name": "Authorization", "value": f"Bearer {settings.functions_token.get_secret_value()}"}),
        (WEBHOOK, {"name": WEBHOOK_HEADER, "value": settings.n8n_webhook_token.get_secret_value()}),
        (
            TELEGRAM,
            {
                "accessToken": settings.telegram_bot_token.get_secret_value() or NOT_SET,
                "baseUrl": settings.telegram_api_url.rstrip("/"),
            },
        ),
    )
