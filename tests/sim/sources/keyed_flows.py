"""CryptoQuant and Dune, as far as the desk asks them, with their keys, plans, credits and runs that take their time."""

import random
from datetime import UTC, datetime, timedelta

from tests.sim.clock import Clock
from tests.sim.wire.http import Request, Response, json_response

CRYPTOQUANT_KEY, DUNE_KEY = "cryptoquant-key-for-tests", "dune-key-for-tests"
QUERY = 4_242_424
_RESERVES = {"btc": 2.4e6, "eth": 1.6e7, "stablecoin": 5e10}
_STEPS = ("QUERY_STATE_PENDING", "QUERY_STATE_EXECUTING")


class KeyedFlows:
    """Both hosts. `rows`, `days` once set are answered as they are; `steps` are the states before a run of Dune's is done."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._seed = clock, seed
        self.paid = True
        self.newest_first = True
        self.days: list[dict[str, object]] | None = None
        self.rows: list[dict[str, object]] | None = None
        self.steps: tuple[str, ...] = _STEPS
        self.ended: str = "QUERY_STATE_COMPLETED"
        self.page = 1000
        self.runs = 0
        self.ran_at: datetime | None = None
        self._asked = 0

    def answer(self, request: Request) -> Response | None:
        """Answer what is theirs, None for everything else."""
        if request.path.startswith("/cryptoquant/"):
            return self._cryptoquant(request)
        if request.path.startswith("/dune/"):
            return self._dune(request)
        return None

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)

    def _cryptoquant(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {CRYPTOQUANT_KEY}":
            return _refusal(401, "Unauthorized", "Access token is invalid")
        if not self.paid:
            return _refusal(403, "Forbidden", "This endpoint is available from the Professional plan on")
        _, _, asset, _, what = request.path.split("/")
        if "exchange" not in request.query or (asset == "stablecoin" and "token" not in request.query):
            return _refusal(400, "Bad Request", "a required parameter is missing")
        rows = self._days(asset, what, int(request.query.get("limit", "100"))) if self.days is None else self.days
        return json_response({"status": {"code": 200, "message": "success"}, "result": {"window": "day", "data": rows}})

    def _days(self, asset: str, what: str, limit: int) -> list[dict[str, object]]:
        """Return today, which is not whole, and the days before it."""
        rows: list[dict[str, object]] = []
        for age in range(limit):
            day = f"{self._now() - timedelta(days=age):%Y-%m-%d}"
            drawn = random.Random(f"cryptoquant {self._seed} {asset} {day}").uniform(-0.008, 0.008)
            reserve = _RESERVES[asset]
            value = reserve * drawn if what == "netflow" else reserve
            rows.append(
                {"date": day, **({"netflow_total": value} if what == "netflow" else {"reserve": value, "reserve_usd": 1e11})}
            )
        return rows if self.newest_first else rows[::-1]

    def _dune(self, request: Request) -> Response:
        if request.headers.get("x-dune-api-key") != DUNE_KEY:
            return json_response({"error": "invalid API Key"}, 401)
        parts = request.path.split("/")[2:]
        if parts[:2] == ["query", str(QUERY)] and parts[2:] == ["execute"] and request.method == "POST":
            return self._execute()
        if parts == ["query", str(QUERY), "results"]:
            return (
                self._results(request)
                if self.ran_at
                else json_response({"error": "No execution found for the latest version"}, 404)
            )
        if parts[0] == "execution" and parts[2:] == ["status"]:
            step, self._asked = self._asked, self._asked + 1
            state = self.steps[step] if step < len(self.steps) else self.ended
            if state == "QUERY_STATE_COMPLETED":
                self.ran_at = self._now()
            return json_response({"execution_id": parts[1], "state": state, "is_execution_finished": step >= len(self.steps)})
        if parts[0] == "execution" and parts[2:] == ["results"]:
            return self._results(request)
        return json_response({"error": "Query not found"}, 404)

    def _execute(self) -> Response:
        if not self.paid:
            return json_response({"error": "This api request would exceed your configured datapoint limits or credits"}, 402)
        self.runs, self._asked = self.runs + 1, 0
        return json_response({"execution_id": f"01HKZJ2683PHF9Q9PHHQ8FW4Q{self.runs}", "state": "QUERY_STATE_PENDING"})

    def _results(self, request: Request) -> Response:
        rows = self._drawn_rows() if self.rows is None else self.rows
        offset, limit = int(request.query.get("offset", "0")), min(int(request.query.get("limit", "1000")), self.page)
        page = rows[offset : offset + limit]
        onward = {"next_offset": offset + limit, "next_uri": "..."} if offset + limit < len(rows) else {}
        ended = f"{self.ran_at or self._now():%Y-%m-%dT%H:%M:%S.%f}Z"
        result = {"rows": page, "metadata": {"row_count": len(page), "total_row_count": len(rows)}}
        return json_response({"state": "QUERY_STATE_COMPLETED", "execution_ended_at": ended, "result": result, **onward})

    def _drawn_rows(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for age in (1, 2, 3):
            day = f"{self._now() - timedelta(days=age):%Y-%m-%d} 00:00:00.000 UTC"
            for name in ("Binance", "Kraken", "OKX"):
                for token in ("ETH", "WETH", "USDT", "USDC"):
                    drawn = random.Random(f"dune {self._seed} {day} {name} {token}")
                    rows.append(
                        {
                            "day": day, "cex_name": name, "token_symbol": token,
                            "inflow_usd": f"{drawn.uniform(1e7, 5e8):.4f}", "outflow_usd": drawn.uniform(1e7, 5e8),
                        }
                    )  # fmt: skip
        return rows


def _refusal(code: int, message: str, description: str) -> Response:
    return json_response({"status": {"code": code, "message": message, "description": description}}, code)
