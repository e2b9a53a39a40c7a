"""What the process manager is told about each part."""

import configparser
import subprocess
from pathlib import Path

import pytest

from functions.operations.run import PartName, run
from functions.operations.supervise import MARK, Program, Supervisor
from functions.operations.up import parts
from tests.conftest import make_settings


def configured(folder: Path, *programs: Program) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(Supervisor(folder).configuration(programs))
    return parser


def test_every_part_comes_back_and_is_stopped_with_its_children(tmp_path: Path) -> None:
    found = configured(tmp_path, *parts(make_settings(data_dir=tmp_path)))
    names = [name for name in found.sections() if name.startswith("program:")]
    assert set(names) == {f"program:{name}" for name in ("postgres", "functions", "n8n", "collector")}
    for name in names:
        assert found[name]["autorestart"] == "true"
        assert found[name]["autostart"] == "false"
        assert found[name]["killasgroup"] == "true"


def test_postgres_starts_first_and_is_stopped_fast_not_smart(tmp_path: Path) -> None:
    found = configured(tmp_path, *parts(make_settings(data_dir=tmp_path)))
    orders = {name: int(found[name]["priority"]) for name in found.sections() if name.startswith("program:")}
    assert min(orders, key=lambda name: orders[name]) == "program:postgres"
    assert found["program:postgres"]["stopsignal"] == "INT"
    assert found["program:postgres"]["stopasgroup"] == "false"


def test_another_database_is_not_run_by_us(tmp_path: Path) -> None:
    settings = make_settings(data_dir=tmp_path, database_url="postgresql://owner@db/quorum")
    assert "postgres" not in [program.name for program in parts(settings)]


def test_a_percent_sign_in_a_path_reaches_the_command(tmp_path: Path) -> None:
    from supervisor.options import ServerOptions

    folder = tmp_path / "100%s sure"
    for inside in ("logs", "run"):
        (folder / inside).mkdir(parents=True)
    file = folder / "supervisor.conf"
    file.write_text(Supervisor(folder).configuration([Program("part", ("/bin/echo", "50%", "two words"), 1)]))
    options = ServerOptions()
    options.realize(["-c", str(file)])
    [program] = options.process_group_configs[0].process_configs
    assert program.command == "/bin/echo 50% 'two words'"
    assert program.stdout_logfile == str(folder / "logs" / "part.log")


def test_the_socket_of_a_deep_folder_is_put_where_the_kernel_takes_it(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(str(Supervisor(deep).socket)) < 108
    assert Supervisor(deep).socket != Supervisor(deep / "other").socket
    assert Supervisor(tmp_path).socket.is_relative_to("/")


def test_states_without_a_process_manager_are_none(tmp_path: Path) -> None:
    assert Supervisor(tmp_path).states() is None


def test_leftovers_of_another_folder_are_left_alone(tmp_path: Path) -> None:
    inside = subprocess.Popen(["/bin/sleep", "60"], env={MARK: str(tmp_path / "inside")})
    try:
        assert Supervisor(tmp_path).end_leftovers() == 0
        assert inside.poll() is None
    finally:
        inside.kill()
        inside.wait()


@pytest.mark.parametrize("name", ["functions", "collector"])
def test_a_part_that_reads_the_settings_itself_is_started_as_the_command_line_would(
    tmp_path: Path, name: PartName, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, became = make_settings(data_dir=tmp_path), []
    monkeypatch.setattr("os.execv", lambda _path, words: became.append(words))
    with pytest.raises(AssertionError):
        run(name, settings)
    assert [part.command for part in parts(settings) if part.name == name] == became


@pytest.mark.parametrize("name", ["postgres", "n8n"])
def test_a_part_that_needs_secrets_or_another_account_is_started_through_the_command_line(tmp_path: Path, name: str) -> None:
    [part] = [part for part in parts(make_settings(data_dir=tmp_path)) if part.name == name]
    assert part.command[1:] == ("-m", "functions.cli", "run", name)


def test_end_of_a_program_that_does_not_run_leaves_it_alone(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    manager = supervisor.start([Program("part", ("/bin/sleep", "60"), 1)], {})
    try:
        supervisor.end("part")
        assert supervisor.states() == {"part": "STOPPED"}
    finally:
        supervisor.stop()
        manager.wait(30)
