"""Lay out 4h candles and a daily panel of many coins for a backtest, as somebody of that day would have chosen the coins.

    uv run python -m tests.research.panel --data ../shared/data/ohlcv --to FOLDER

writes FOLDER/candles (4h) and FOLDER/daily (1d, from before). A coin is there from the day after it was first one of the 60 with
the highest median turnover of 30 days, and stays until its candles end: coins that died later are among them. The 4h files have
no volume: theirs is that of the whole day before, a sixth for each candle, so that no candle knows the rest of its day.
"""

import argparse
from pathlib import Path

import pandas as pd

MOST_LIQUID, TURNOVER_DAYS, FEWEST_CANDLES = 60, 30, 180
PEGGED = frozenset(
    f"{name}USDT"
    for name in "USDC BUSD TUSD PAX USDP FDUSD EUR DAI UST USTC GBP AUD USDS SUSD AEUR".split()  # noqa: SIM905 - a list to read
)


def entered(turnover: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """Return the first day on which each coin was among the most liquid; those that never were are left out."""
    median = turnover.drop(columns=[name for name in turnover if name in PEGGED]).rolling(TURNOVER_DAYS).median()
    among = median.rank(axis=1, ascending=False) <= MOST_LIQUID
    return {str(name): pd.Timestamp(among.index[int(among[name].to_numpy().argmax())]) for name in among if among[name].any()}


def lay_out(data: Path, to: Path) -> int:
    """Write the candles of every coin and return how many coins there are."""
    panel = pd.read_parquet(data / "panel_1d_2020_2024.parquet").drop_duplicates(["symbol", "date"])
    panel["date"] = pd.to_datetime(panel["date"], utc=True)
    first = entered(panel.pivot(index="date", columns="symbol", values="quote_volume").sort_index())
    for folder in (to / "candles", to / "daily"):
        folder.mkdir(parents=True, exist_ok=True)
    coins = 0
    for symbol, day in sorted(first.items()):
        file = data / "perp_4h_2020_2024" / f"{symbol}.parquet"
        if not file.is_file():
            continue
        days = panel[panel["symbol"] == symbol].set_index("date")
        days["volume"] = (days["quote_volume"] / days["close"]).fillna(0.0)
        since = day + pd.Timedelta(days=1)
        candles = pd.read_parquet(file)
        known = days["volume"].shift(1, freq="D").reindex(candles["date"].dt.floor("D")).fillna(0.0)
        candles["volume"] = known.to_numpy() / 6
        candles = candles[candles["date"] >= since]
        if len(candles) < FEWEST_CANDLES:
            continue
        candles.to_parquet(to / "candles" / f"{symbol}_4h.parquet")
        before = days.loc[days.index < since, ["open", "high", "low", "close", "volume"]].dropna().reset_index()
        if len(before):
            before.to_parquet(to / "daily" / f"{symbol}_1d.parquet")
        coins += 1
    return coins


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--to", type=Path, required=True)
    given = asked.parse_args()
    print(f"{lay_out(given.data, given.to)} coins")
