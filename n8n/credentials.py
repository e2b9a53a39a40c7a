"""What n8n's nodes log in with. The settings are the truth: each deploy writes them over what n8n has."""

from dataclasses import dataclass
from typing import Any

from functions.settings import Settings

WEBHOOK_HEADER = "X-Quorum-Token"
NOT_SET = "not-set"  # n8n wants something; without a token the functions hand out no message


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential: its id in git, its name and type in n8n, its secret data."""

    id: str
    name: str
    type: str
    data: dict[str, Any]


def credentials(settings: Settings) -> tuple[Credential, ...]:
    """Return every credential that a workflow of ours uses; secrets are in the clear."""
    token = settings.functions_token.get_secret_value()
    return (
        Credential(
            "quorum-functions", "Quorum functions", "httpHeaderAuth", {"name": "Authorization", "value": f"Bearer {token}"}
        ),
        Credential(
            "quorum-webhook",
            "Quorum webhook",
            "httpHeaderAuth",
            {"name": WEBHOOK_HEADER, "value": settings.n8n_webhook_token.get_secret_value()},
        ),
        Credential(
            "quorum-telegram",
            "Quorum Telegram bot",
            "telegramApi",
            {
                "accessToken": settings.telegram_bot_token.get_secret_value() or NOT_SET,
                "baseUrl": settings.telegram_api_url.rstrip("/"),
            },
        ),
    )
