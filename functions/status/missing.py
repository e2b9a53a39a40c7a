"""What needs attention: one sentence for each setting that is missing or wrong, and each source that does not answer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.shown import did_you_mean

WRONG_TOKEN = "Telegram refuses TELEGRAM_BOT_TOKEN: copy it again from @BotFather into .env, then start Quorum again"  # noqa: S105


def not_set(token: str, chats: Collection[int]) -> Iterator[str]:
    """Yield what a person has yet to set: the bot's token, the chats it writes to."""
    if not token:
        yield "TELEGRAM_BOT_TOKEN is not set: alerts stay in the outbox (ask @BotFather for a token)"
    if not chats:
        yield "TELEGRAM_CHAT_IDS is not set: no chat receives alerts (@userinfobot tells your id)"


def unknown_pairs(symbols: Iterable[str], gate: str, trading: Collection[str]) -> Iterator[str]:
    """Yield the named pairs that do not trade.

    Args:
        symbols: those of SYMBOLS.
        gate: GATE_SYMBOL.
        trading: the pairs that do; empty while no universe was taken yet, and then nothing is known.
    """
    if not trading:
        return
    for name in symbols:
        if name not in trading:
            yield f"SYMBOLS: {name} is no USDT pair of the exchange, nothing of it is watched{did_you_mean(name, trading)}"
    if gate not in trading:
        yield f"GATE_SYMBOL: {gate} is no USDT pair of the exchange, so there are no signals{did_you_mean(gate, trading)}"


def failing_sources(sources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the outside sources whose last answer was an error."""
    for source in sources:
        if is_failing(source):
            yield f"{source['source']}: {source['last_error']}"


def is_failing(source: Mapping[str, Any]) -> bool:
    """Tell whether a source's last answer was an error."""
    failed, answered = source["last_error_at"], source["last_success_at"]
    return bool(failed and (not answered or failed > answered))


def unsent(waiting: str | None, refused: str | None) -> Iterator[str]:
    """Yield why messages do not leave; secrets are out of the words already.

    Args:
        waiting: Telegram's newest words about a message that is tried again.
        refused: its newest words about one that was given up.
    """
    if waiting:
        wrong = "nauthorized" in waiting or "401" in waiting
        yield WRONG_TOKEN if wrong else f"messages wait for Telegram: {waiting}"
    if refused:
        yield f"Telegram refused messages, the newest with: {refused}"


def moved_chats(moves: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Yield the groups that have another id now: the settings still name the one they had."""
    for old, new in moves:
        yield f"TELEGRAM_CHAT_IDS names {old}: that group is a supergroup now, put {new} in its place"


def unheard_watchdog(detail: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the watchdog cannot tell anybody, by what its heartbeat says."""
    if trouble := detail.get("telegram_trouble"):
        yield f"the watchdog cannot write to Telegram: {trouble}"
    if trouble := detail.get("check_trouble"):
        yield f"the watchdog cannot ping HEALTHCHECK_URL: {trouble}"
