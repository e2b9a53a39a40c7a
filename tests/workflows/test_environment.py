"""n8n's environment as a function of the settings."""

import bcrypt
import pytest

from n8n.environment import environment
from tests.conftest import PASSWORD, make_settings

SOCKET = "postgresql://postgres@/quorum?host=/tmp/sockets"


def test_database_is_reached_through_its_socket_as_n8ns_own_role() -> None:
    given = environment(make_settings(database_url=SOCKET))
    assert given["DB_POSTGRESDB_HOST"] == "/tmp/sockets"
    assert (given["DB_POSTGRESDB_USER"], given["DB_POSTGRESDB_PASSWORD"]) == ("n8n", PASSWORD)
    assert (given["DB_POSTGRESDB_DATABASE"], given["DB_POSTGRESDB_SCHEMA"]) == ("quorum", "n8n")


def test_database_is_reached_over_the_network() -> None:
    given = environment(make_settings(database_url="postgresql://owner:x@db:6543/desk"))
    assert (given["DB_POSTGRESDB_HOST"], given["DB_POSTGRESDB_PORT"], given["DB_POSTGRESDB_DATABASE"]) == ("db", "6543", "desk")


def test_same_settings_give_the_same_environment() -> None:
    settings = make_settings(database_url=SOCKET)
    assert environment(settings) == environment(settings)


def test_owner_logs_in_with_the_password() -> None:
    given = environment(make_settings(database_url=SOCKET, n8n_owner_password="correct horse battery"))
    assert bcrypt.checkpw(b"correct horse battery", given["N8N_INSTANCE_OWNER_PASSWORD_HASH"].encode())
    assert "correct horse battery" not in "".join(given.values())


@pytest.mark.parametrize("length", [72, 73, 200])
def test_password_longer_than_bcrypt_reads_is_cut_as_n8n_cuts_it(length: int) -> None:
    given = environment(make_settings(database_url=SOCKET, n8n_owner_password="p" * length))
    assert bcrypt.checkpw(b"p" * 72, given["N8N_INSTANCE_OWNER_PASSWORD_HASH"].encode())


@pytest.mark.parametrize(
    ("url", "secure"), [("", "false"), ("https://desk.example.org/", "true"), ("http://10.0.0.2:5678", "false")]
)
def test_cookie_is_for_https_alone_where_there_is_https(url: str, secure: str) -> None:
    given = environment(make_settings(database_url=SOCKET, n8n_url=url))
    assert given["N8N_SECURE_COOKIE"] == secure
    assert given["N8N_WEBHOOK_URL"].endswith("/")
    assert not given["N8N_WEBHOOK_URL"].endswith("//")


def test_n8n_never_switches_off_a_workflow_whose_runs_crash() -> None:
    assert environment(make_settings(database_url=SOCKET))["N8N_WORKFLOW_AUTODEACTIVATION_ENABLED"] == "false"


def test_two_desks_on_one_machine_share_no_port() -> None:
    one = environment(make_settings(database_url=SOCKET, n8n_port=5678))
    two = environment(make_settings(database_url=SOCKET, n8n_port=5679))
    ports = [given[name] for given in (one, two) for name in ("N8N_PORT", "N8N_RUNNERS_BROKER_PORT")]
    assert len(set(ports)) == 4


def test_other_secrets_stay_out() -> None:
    token = "123456:" + "A" * 35
    assert token not in "".join(environment(make_settings(database_url=SOCKET, telegram_bot_token=token)).values())


def test_nodes_reach_the_internet_the_functions_and_the_bot_and_nothing_else_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    given = environment(make_settings(database_url=SOCKET, functions_url="http://functions:8300"))
    assert given["N8N_SSRF_PROTECTION_ENABLED"] == "true"
    assert given["N8N_SSRF_ALLOWED_HOSTNAMES"] == "functions,api.telegram.org"
    assert given["N8N_SSRF_ALLOWED_IP_RANGES"] == ""
    here = environment(make_settings(database_url=SOCKET, telegram_api_url="http://10.0.0.7:8081"))
    assert here["N8N_SSRF_ALLOWED_HOSTNAMES"] == ""
    assert here["N8N_SSRF_ALLOWED_IP_RANGES"] == "127.0.0.1/32,10.0.0.7/32"
    assert given["N8N_SSRF_BLOCKED_IP_RANGES"].startswith("default,100.64.0.0/10,")


def test_behind_a_proxy_n8n_looks_up_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://10.0.0.2:3128")
    assert environment(make_settings(database_url=SOCKET))["N8N_SSRF_PROTECTION_ENABLED"] == "false"
