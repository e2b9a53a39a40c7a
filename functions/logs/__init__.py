"""One stream of log lines, each with its `module`; console for a person, JSON for a machine; secrets never in it."""

import json
import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal
from urllib.parse import quote

import structlog

# A Telegram token is part of each address it is used in, and drivers print addresses with passwords in errors.
_SECRETS = [
    (re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}"), "***"),
    (re.compile(r"(://[^:/@\s]+:)[^@/\s\"]+@"), r"\1***@"),
    (re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._~+/=-]+"), r"\1***"),
]
_SHORTEST = 8  # characters: what is shorter would be taken out of ordinary words
_known: set[str] = set()


def configure_logs(log_format: Literal["console", "json"], level: str, secrets: Iterable[str] = ()) -> None:
    """Set up structlog and send the standard library's loggers through it.

    Args:
        log_format: for a person or a machine.
        level: the lowest that is shown.
        secrets: of the settings, taken out wherever they stand.
    """
    keep_secret(secrets)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        # Plain tracebacks: the pretty ones print every local: half a minute over arrays.
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _name_module],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering, redact],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpx2", "httpcore", "uvicorn.access", "ccxt", "matplotlib"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def get_logger(module: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one module of the product, e.g. `market`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(module=module)
    return logger


def redact(_logger: object, _method: str, line: Any) -> str:
    """Take tokens and passwords out of a whole line: whatever it was made of, a traceback or a list, is in it as text."""
    return hide_secrets(str(line))


def keep_secret(secrets: Iterable[str]) -> None:
    """Let `hide_secrets` know these words in this process, as they are and as they stand in an address or in JSON."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            _known.update((secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]))


def hide_secrets(text: str) -> str:
    """Return `text` with the settings' secrets, bot tokens, passwords in addresses and bearer tokens replaced by ***."""
    for secret in sorted(_known, key=len, reverse=True):  # one may be part of another
        text = text.replace(secret, "***")
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _name_module(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    record = event.get("_record")
    event.setdefault("module", record.name.partition(".")[0] if record else "other")
    return event
