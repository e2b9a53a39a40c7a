import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.sim import DEFAULT_CHAT, BybitSim, InThread, ManualClock, TelegramSim
from tests.sim.clock import AffineClock

CHECKOUT = Path(__file__).parents[3]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_addresses_serves_and_ends_cleanly(ending: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.sim",
        "--data",
        "none",
        "--symbols",
        "3",
        "--clock",
        "2024-03-05T12:00:00Z@2026-01-01T00:00:00Zx1",
    ]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["event"] == "ready"
        assert AffineClock.parse(ready["market_clock"]) == AffineClock.parse(command[-1])
        server_time = httpx.get(f"{ready['bybit_rest_url']}/v5/market/time").json()["time"]
        assert server_time > AffineClock.parse(command[-1]).market_origin * 1000
        with connect(ready["bybit_ws_url"]) as stream:
            stream.send('{"op":"ping"}')
            assert json.loads(stream.recv())["op"] == "ping"
            call = f"{ready['telegram_api_url']}/bot{ready['telegram_bot_token']}/sendMessage"
            httpx.post(call, json={"chat_id": ready["telegram_chat_ids"][0], "text": "hello"})
            line = json.loads(process.stdout.readline())
            assert (line["event"], line["text"], line["ok"]) == ("telegram", "hello", True)
            process.send_signal(ending)
            assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_folder_that_is_not_there_is_refused() -> None:
    command = [sys.executable, "-m", "tests.sim", "--data", "/nowhere"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "expected a folder" in done.stderr


def test_simulators_run_in_a_thread_for_tests_that_are_not_asyncio() -> None:
    sim, telegram = BybitSim(symbols=1, clock=ManualClock("2024-03-05T12:00:00Z")), TelegramSim()
    with InThread(sim, telegram) as world:
        before = httpx.get(f"{sim.rest_url}/v5/market/time").json()["time"]
        world.run(sim.advance(300))
        assert httpx.get(f"{sim.rest_url}/v5/market/time").json()["time"] == before + 300_000
        world.do(lambda: telegram.say(DEFAULT_CHAT, "/help"))
        updates = httpx.get(f"{telegram.url}/bot{telegram.token}/getUpdates").json()["result"]
        assert updates[0]["message"]["text"] == "/help"


def test_a_given_port_is_taken() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with InThread(TelegramSim(port=port)) as _:
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 404
