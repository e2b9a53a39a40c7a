"""The environment n8n runs in: its whole configuration, as a pure function of the settings."""

import base64
import hashlib
import ipaddress
import json
from urllib.parse import urlsplit

import bcrypt
from sqlalchemy import make_url

from functions.outgoing.proxies import proxy_for
from functions.settings import Settings

SCHEMA = "n8n"
BCRYPT_READS = 72  # bytes of a password; n8n cuts there silently
BROKER_OFFSET = 1000  # the task broker's port: distinct for each n8n on a machine, and never used by our workflows

# Parts of n8n that Quorum does not use: without them it starts a second sooner and takes 60 MB less.
UNUSED_MODULES = (
    "agent-evals",
    "agents",
    "chat-hub",
    "community-packages",
    "dynamic-credentials",
    "encryption-key-manager",
    "engine-v2",
    "external-secrets",
    "insights",
    "instance-ai",
    "instance-registry",
    "instance-reporting",
    "instance-version-history",
    "ldap",
    "log-streaming",
    "mcp",
    "mcp-registry",
    "n8n-packages",
    "oauth-jwe",
    "oauth-server",
    "otel",
    "promotions",
    "provisioning",
    "quick-connect",
    "redaction",
    "runtime-credentials",
    "source-control",
    "sso-oidc",
    "sso-saml",
    "token-exchange",
    "type-availability-policies",
    "workflow-builder",
    "workflow-reviews",
)
# Thinking is in the functions. Code nodes would need a second process, and commands and files a way into this machine.
FORBIDDEN_NODES = (
    "n8n-nodes-base.code",
    "n8n-nodes-base.executeCommand",
    "n8n-nodes-base.localFileTrigger",
    "n8n-nodes-base.readWriteFile",
    "n8n-nodes-base.ssh",
)

OUTSIDE = "https://api.telegram.org"
# What n8n's own list of addresses inside lacks: carriers' networks, everybody's, reserved ones, IPv6 that carries IPv4.
MORE_BLOCKED = ("100.64.0.0/10", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8", "2002::/16", "64:ff9b:1::/48")


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that `n8n start` and n8n's other commands need; secrets are in the clear."""
    return {**_database(settings), **_server(settings), **_reach(settings), **_owner(settings), **_executions(), **_quiet()}


def broker_port(n8n_port: int) -> int:
    """Return the port of the task broker that belongs to an n8n on `n8n_port`."""
    port = n8n_port + BROKER_OFFSET
    return port if port < 65_000 else n8n_port - BROKER_OFFSET


def _database(settings: Settings) -> dict[str, str]:
    url = make_url(settings.database("n8n"))
    socket = url.query.get("host")  # n8n takes the socket's folder as the host
    host = socket if isinstance(socket, str) else url.host
    return {
        "DB_TYPE": "postgresdb",
        "DB_POSTGRESDB_HOST": host or "127.0.0.1",
        "DB_POSTGRESDB_PORT": str(url.port or 5432),
        "DB_POSTGRESDB_DATABASE": url.database or "",
        "DB_POSTGRESDB_USER": url.username or "",
        "DB_POSTGRESDB_PASSWORD": url.password or "",
        "DB_POSTGRESDB_SCHEMA": SCHEMA,
        "DB_POSTGRESDB_POOL_SIZE": "10",
    }


def _server(settings: Settings) -> dict[str, str]:
    key = settings.n8n_encryption_key.get_secret_value()
    folder = settings.data_dir.resolve() / "n8n"
    return {
        "N8N_USER_FOLDER": str(folder),
        # What node has compiled it keeps when it is stopped in order: the next start takes an eighth less (37 MB).
        "NODE_COMPILE_CACHE": str(folder / "compiled"),
        "N8N_ENCRYPTION_KEY": key,
        "N8N_LISTEN_ADDRESS": settings.n8n_host,
        "N8N_PORT": str(settings.n8n_port),
        "N8N_EDITOR_BASE_URL": settings.n8n_address,
        "N8N_WEBHOOK_URL": f"{settings.n8n_public_url or settings.n8n_address}/",
        "N8N_SECURE_COOKIE": str(settings.n8n_address.startswith("https://")).lower(),
        # Our own deploys log in as the owner with the password alone.
        "N8N_MFA_ENABLED": "false",
        # "external": n8n starts no process for Code nodes (125 MB); nobody else connects, there are none.
        "N8N_RUNNERS_MODE": "external",
        "N8N_RUNNERS_AUTH_TOKEN": hashlib.sha256(f"runners {key}".encode()).hexdigest(),
        "N8N_RUNNERS_BROKER_PORT": str(broker_port(settings.n8n_port)),
        "NODES_EXCLUDE": json.dumps(FORBIDDEN_NODES),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), _own_hosts(settings)),  # node's programs ask for either
        "N8N_RELEASE_TYPE": "stable",  # otherwise the editor's tab says [DEV]
        "GENERIC_TIMEZONE": "UTC",
        "TZ": "UTC",
        # Expressions run isolated; an isolate is taken only when there is an expression, which halves the cost of a short run.
        "N8N_EXPRESSION_ENGINE_POOL_SIZE": "4",
        "N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE": "true",
    }


def _own_hosts(settings: Settings) -> str:
    """Return the hosts that n8n reaches without a proxy: this machine and the functions."""
    functions = urlsplit(settings.functions_address).hostname or ""
    return ",".join(dict.fromkeys(("127.0.0.1", "localhost", "::1", functions)))


def _reach(settings: Settings) -> dict[str, str]:
    """Let nodes call the public internet, the functions and the Bot API, whatever a feed's redirect or a name leads to.

    Behind a proxy n8n's own guard would look each name up here, where often nobody knows it; it is off there.
    """
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in (settings.functions_address, settings.telegram_api_url))
    ranges = {host: _alone(host) for host in hosts}
    return {
        "N8N_SSRF_PROTECTION_ENABLED": str(proxy_for(OUTSIDE) is None).lower(),
        "N8N_SSRF_BLOCKED_IP_RANGES": ",".join(("default", *MORE_BLOCKED)),
        "N8N_SSRF_ALLOWED_HOSTNAMES": ",".join(host for host in hosts if not ranges[host]),
        "N8N_SSRF_ALLOWED_IP_RANGES": ",".join(filter(None, ranges.values())),
    }


def _alone(host: str) -> str:
    """Return the range of an IP address that holds it alone; empty for a name."""
    try:
        return str(ipaddress.ip_network(host))
    except ValueError:
        return ""


def _owner(settings: Settings) -> dict[str, str]:
    password = settings.n8n_owner_password.get_secret_value()
    key = settings.n8n_encryption_key.get_secret_value()
    return {
        "N8N_INSTANCE_OWNER_MANAGED_BY_ENV": "true",
        "N8N_INSTANCE_OWNER_EMAIL": settings.n8n_owner_email,
        "N8N_INSTANCE_OWNER_FIRST_NAME": "Quorum",
        "N8N_INSTANCE_OWNER_LAST_NAME": "Owner",
        "N8N_INSTANCE_OWNER_PASSWORD_HASH": bcrypt.hashpw(password.encode()[:BCRYPT_READS], _salt(key)).decode(),
    }


def _salt(key: str) -> bytes:
    """Return one salt for each installation: a new one at each start would log the owner out."""
    raw = hashlib.sha256(f"n8n owner {key}".encode()).digest()[:16]
    standard, bcrypts = (
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        (b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    )
    return b"$2b$10$" + base64.b64encode(raw).rstrip(b"=").translate(bytes.maketrans(standard, bcrypts))


def _executions() -> dict[str, str]:
    return {
        "EXECUTIONS_TIMEOUT": "120",
        "EXECUTIONS_DATA_PRUNE": "true",
        "EXECUTIONS_DATA_MAX_AGE": "72",
        "EXECUTIONS_DATA_PRUNE_MAX_COUNT": "10000",
        "EXECUTIONS_DATA_SAVE_ON_PROGRESS": "false",
        "N8N_CONCURRENCY_PRODUCTION_LIMIT": "20",
        # A workflow whose runs crash, as they do when n8n is killed, would be switched off, and nobody would hear of it.
        "N8N_WORKFLOW_AUTODEACTIVATION_ENABLED": "false",
        "N8N_GRACEFUL_SHUTDOWN_TIMEOUT": "10",
        "N8N_METRICS": "true",
        # A heap that is let grow is cleaned late: with 512 MB and node's own young space the start stood at 714 MB, now at 484.
        "NODE_OPTIONS": "--max-old-space-size=320 --max-semi-space-size=4",
        "MALLOC_ARENA_MAX": "2",  # glibc keeps up to 90 MB more with its default
    }


def _quiet() -> dict[str, str]:
    """Nothing calls home, nothing is offered that is not used."""
    off = (
        "N8N_DIAGNOSTICS_ENABLED",
        "N8N_VERSION_NOTIFICATIONS_ENABLED",
        "N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED",
        "N8N_DYNAMIC_BANNERS_ENABLED",
        "N8N_TEMPLATES_ENABLED",
        "N8N_PERSONALIZATION_ENABLED",
        "N8N_HIRING_BANNER_ENABLED",
        "N8N_AI_ENABLED",
        "N8N_LICENSE_AUTO_RENEW_ENABLED",
        "N8N_SENTRY_EVENT_LOOP_BLOCK_DETECTION_ENABLED",
        "N8N_COMMUNITY_PACKAGES_ENABLED",
    )
    return {
        **dict.fromkeys(off, "false"),
        "N8N_DISABLED_MODULES": ",".join(UNUSED_MODULES),
        "N8N_LOG_LEVEL": "warn",
        "N8N_LOG_FORMAT": "text",
        "NO_COLOR": "1",
    }
