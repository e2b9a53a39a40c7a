"""How long the keyless classifier takes for a headline on one core, and how much memory it adds to its process.

Headlines go one by one from what a feed brings to an opinion. `python -m tests.bench.classify --headlines 300 --json`
"""

import argparse
import json
import os
import time
from typing import Any

import psutil

from functions.sentiment.classifier.embedding import EmbeddingRoom
from functions.sentiment.classifier.head import load_head
from functions.sentiment.classifier.opinion import Question
from functions.sentiment.text.plain import plain
from tests.bench.ground import load, say
from tests.unit.sentiment.poison import HEADLINES


def measure(count: int) -> dict[str, Any]:
    """Judge headlines one after the other, after one that loads what is needed."""
    process = psutil.Process()
    before = process.memory_info().rss
    room = EmbeddingRoom(load_head())
    room.read([Question.of_market(plain("the first one"))])
    texts = [f"{HEADLINES[number % len(HEADLINES)]} {number}" for number in range(count)]
    say(f"{count} headlines …")
    spent = []
    cpu = time.process_time()
    for text in texts:
        begin = time.perf_counter()
        room.read([Question.of_market(plain(text))])
        spent.append(time.perf_counter() - begin)
    cpu = time.process_time() - cpu
    spent.sort()
    return {
        "ms_per_headline": round(1000 * sum(spent) / count, 2),
        "median_ms": round(1000 * spent[count // 2], 2),
        "cpu_ms": round(1000 * cpu / count, 2),
        "rss_mb": round(process.memory_info().rss / 2**20, 1),
        "added_mb": round((process.memory_info().rss - before) / 2**20, 1),
        "headlines": count,
        "load": load(),
    }


def main() -> None:
    """Run the benchmark on one core."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headlines", type=int, default=300)
    parser.add_argument("--json", action="store_true", help="only the JSON line on stdout (it is always the last)")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(measure(options.headlines)))


if __name__ == "__main__":
    main()
