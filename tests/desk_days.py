"""Days of a desk, stored by SQL in seconds: scores, setups, signals with their ends and messages, every account's trades."""

from datetime import datetime

from sqlalchemy import Engine, text

SIGNALS_A_DAY, SETUPS_A_DAY = 8, 40
TRADES_A_DAY = {"desk": 5, "manual": 1, "technical": 10, "watch_list": 10, "random": 5}

_DAYS = """
    INSERT INTO universe_day (day, symbol, turnover_rank, turnover_24h, tick_size, lot_size, kind, special_treatment, taken_at)
    SELECT CAST(at AS date), symbol, row_number() OVER (PARTITION BY at ORDER BY symbol), 1e6, tick_size, lot_size, kind,
           special_treatment, at
    FROM symbol, generate_series(:end - interval '9 days', :end - interval '1 hour', interval '1 day') AS at;
    CREATE TEMPORARY TABLE named ON COMMIT DROP AS SELECT symbol, row_number() OVER (ORDER BY symbol) - 1 AS number FROM symbol;
    INSERT INTO score (symbol, close_time, version, as_of, score, coverage, confidence, created_at, technical)
    SELECT symbol, at, 1, at, 30 + random() * 50, 0.8, 0.7, at + interval '1 second', 5
    FROM named, generate_series(:end - interval '14 days', :end - interval '15 minutes', interval '15 minutes') AS at;
    INSERT INTO setup (symbol, timeframe, close_time, version, direction, entry, stop, targets, risk_reward, cost, reasons,
                       created_at, expires_at)
    SELECT symbol, '15m', at, 1, 'LONG', 100, 95, '{105,110,115}', 2, 0.03, '[]', at, at + interval '1 hour'
    FROM generate_series(1, :days * :setups) AS n
    CROSS JOIN LATERAL (SELECT :end - n * interval '1 day' / :setups) AS placed (raw)
    CROSS JOIN LATERAL (SELECT date_bin('15 minutes', raw, :end) AS at) AS quarter
    JOIN named ON number = n % (SELECT count(*) FROM named) ON CONFLICT DO NOTHING;
    INSERT INTO rejection (symbol, timeframe, close_time, version, failed, code, reasons, score, coverage, confidence, factors,
                           created_at)
    SELECT symbol, timeframe, close_time, version, 1, 'gate_against', '[]', 55, 0.8, 0.6, '[]', created_at FROM setup;
    INSERT INTO signal (symbol, timeframe, close_time, version, source, direction, confidence, score, coverage, factors, entry,
                        stop, targets, risk_reward, position_pct, reasons, indicators, created_at, expires_at)
    SELECT symbol, '15m', date_bin('15 minutes', at, :end), 1, 'score', CASE n % 2 WHEN 0 THEN 'LONG' ELSE 'SHORT' END, 0.8, 74,
           0.8, '[]', 100, 95, '{105,110,115}', 2, 5, '[]', '{}', at, at + interval '1 hour'
    FROM generate_series(1, :days * :signals) AS n
    CROSS JOIN LATERAL (SELECT :end - n * interval '1 day' / :signals AS at) AS placed
    JOIN named ON number = n % (SELECT count(*) FROM named);
    INSERT INTO signal_end (signal_id, state, at, noted_at)
    SELECT id, (ARRAY['hit_tp', 'hit_sl', 'expired'])[1 + id % 3], created_at + interval '9 hours',
           created_at + interval '9 hours'
    FROM signal WHERE created_at < :end - interval '10 hours';
    INSERT INTO alert (key, kind, class, priority, symbol, payload, created_at, expires_at)
    SELECT 'signal:' || id, 'signal', 'signal', 1, symbol, jsonb_build_object('signal_id', id),
           created_at, created_at + interval '1 hour'
    FROM signal;
    INSERT INTO delivery (alert_id, chat_id, state, next_attempt_at, finished_at)
    SELECT id, 1, 'delivered', created_at, created_at + interval '1 second' FROM alert
    ON CONFLICT (alert_id, chat_id) DO UPDATE SET state = 'delivered', finished_at = excluded.finished_at;
"""
_ACCOUNT = """
    INSERT INTO paper_account (name, start, opened_at) VALUES (:name, 1000, :end - :days * interval '1 day')
    ON CONFLICT (name) DO UPDATE SET opened_at = excluded.opened_at;
    INSERT INTO paper_trade (account_id, symbol, side, source, state, quantity, open_quantity, entry, stop, targets,
                             target_quantity, settled_until, opened_at, closed_at, fee, slippage, break_even, regime_exit)
    SELECT a.id, symbol, 'long', 'signal', 'closed', 1, 0, 100, 95, '{105,110,115}', 0.33, at + interval '6 hours', at,
           at + interval '6 hours', 0.001, 0.0005, true, false
    FROM paper_account a, generate_series(1, :days * :trades) AS n
    CROSS JOIN LATERAL (SELECT :end - interval '7 hours' - n * interval '1 day' / :trades AS at) AS placed
    JOIN named ON number = n % least((SELECT count(*) FROM named), 50)
    WHERE a.name = :name AND at > a.opened_at;
"""
_FILLS = """
    INSERT INTO paper_fill (trade_id, at, reason, price, quantity, fee, profit)
    SELECT t.id, fill.at, fill.reason, fill.price, fill.quantity, 0.05, fill.profit
    FROM paper_trade t
    CROSS JOIN LATERAL (VALUES
        (t.opened_at, 'entry', 100, 1, 0),
        (t.opened_at + interval '2 hours', 'target_1', 105, 0.33, 1.65),
        (t.opened_at + interval '4 hours', 'target_2', 110, 0.33, 3.3),
        (t.closed_at, 'stop', CASE WHEN t.id % 2 = 0 THEN 100 ELSE 86 END, 0.34, CASE WHEN t.id % 2 = 0 THEN 0 ELSE -4.76 END)
    ) AS fill (at, reason, price, quantity, profit)
    ORDER BY fill.at;
    ANALYZE;
"""


def store_days(engine: Engine, end: datetime, days: int) -> None:
    """Store days of a desk that end at a moment, for the pairs that are there; scores of two weeks, daily pairs of nine days."""
    values = {"end": end, "days": days, "signals": SIGNALS_A_DAY, "setups": SETUPS_A_DAY}
    with engine.begin() as connection:
        for statement in _DAYS.split(";\n")[:-1]:
            connection.execute(text(statement), values)
        for name, trades in TRADES_A_DAY.items():
            for statement in _ACCOUNT.split(";\n")[:-1]:
                connection.execute(text(statement), {"name": name, "trades": trades, **values})
        for statement in _FILLS.split(";\n")[:-1]:
            connection.execute(text(statement))
