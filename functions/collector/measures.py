"""The figures the collector counts about itself, for `/metrics`, the heartbeat and the five-minute line."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from prometheus_client import Counter, Gauge, Histogram

FRAMES = Counter("quorum_collector_frames_total", "Websocket frames by meaning", ["kind"])
ROWS = Counter("quorum_collector_rows_total", "Rows stored", ["table", "source"])
REVISIONS = Counter("quorum_collector_revisions_total", "Stored candles that REST corrected")
GAPS = Counter("quorum_collector_gaps_total", "Gaps by what happened to them", ["event"])
RECONNECTS = Counter("quorum_collector_reconnects_total", "Connections made after the first of each")
ERRORS = Counter("quorum_collector_errors_total", "Errors that nobody expected, by the work that went on after them", ["work"])
WEBHOOKS = Counter("quorum_collector_webhooks_total", "Closes and touches announced to n8n", ["result"])
TOUCHES = Counter("quorum_collector_touches_total", "Levels that the market touched")
DELAY = Histogram(
    "quorum_collector_delay_seconds",
    "From the exchange's time of a closing candle to its commit, wall seconds",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60),
)
CONNECTIONS = Gauge("quorum_collector_connections", "Websockets that stand")
GAPS_OPEN = Gauge("quorum_collector_gaps_open", "Gaps that are open now")
WAITING = Gauge("quorum_collector_candles_waiting", "Closed candles in memory that are not stored yet")
SKEW = Gauge("quorum_collector_clock_skew_seconds", "The exchange's clock minus ours")


@dataclass(slots=True)
class Measures:
    """Figures since the start, and the newest delays."""

    candles: int = 0
    tickers: int = 0
    revised: int = 0
    reconnects: int = 0
    gaps_opened: int = 0
    gaps_closed: int = 0
    errors: int = 0
    delays: deque[float] = field(default_factory=lambda: deque(maxlen=5000))

    def stored_candles(self, count: int, delays: list[float]) -> None:
        """Note candles that were committed, and how long each took since the exchange said it."""
        self.candles += count
        ROWS.labels("candle", "ws").inc(count)
        self.delays.extend(delays)
        for delay in delays:
            DELAY.observe(max(0.0, delay))

    def stored_tickers(self, count: int) -> None:
        """Note tickers that were committed."""
        self.tickers += count
        ROWS.labels("ticker", "ws").inc(count)

    def repaired(self, added: int, revised: int, closed: int) -> None:
        """Note what a repair did."""
        self.candles += added
        self.revised += revised
        self.gaps_closed += closed
        ROWS.labels("candle", "rest").inc(added)
        REVISIONS.inc(revised)
        GAPS.labels("closed").inc(closed)

    def opened(self, gaps: int) -> None:
        """Note gaps that were opened."""
        self.gaps_opened += gaps
        GAPS.labels("opened").inc(gaps)

    def reconnected(self) -> None:
        """Note a connection after the first."""
        self.reconnects += 1
        RECONNECTS.inc()

    def delay(self, percentile: float) -> float | None:
        """Return a percentile of the newest delays in wall seconds; None before the first."""
        return float(np.percentile(list(self.delays), percentile)) if self.delays else None
