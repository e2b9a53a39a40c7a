"""`quorum technical`: the signal at a moment, from a folder of candles."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer


def technical(
    data: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="folder of SYMBOL.parquet (5m), SYMBOL_1h.parquet, ...")
    ],
    symbol: Annotated[str, typer.Option(help="e.g. ETHUSDT")],
    at: Annotated[str, typer.Option(help="the moment, e.g. 2024-03-05T12:00:00Z; only candles closed by then are seen")],
    timeframe: Annotated[
        Literal["5m", "15m", "1h", "4h", "1d"], typer.Option(help="15m or 1h for a signal; others give their trend")
    ] = "15m",
    daily: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="folder of daily candles from before those of --data: the gate needs 200"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")] = False,
) -> None:
    """Show the signal, or why there is none, at a moment, from a folder of candles with those of the gate symbol."""
    import orjson

    from functions.market.candles.timeframe import Timeframe
    from functions.technical.run.folder_signal import answer_from_folder
    from functions.technical.setups.rules import SetupRules

    document = answer_from_folder(data, symbol.upper(), Timeframe(timeframe), moment_of(at), SetupRules(), daily)
    if as_json:
        typer.echo(orjson.dumps(document).decode())
        return
    for line in lines(document):
        typer.echo(line)


def moment_of(text: str) -> datetime:
    """Read an ISO time; without a zone it is UTC.

    Raises:
        InputRejected: the text is not an ISO time.
    """
    from functions.errors import InputRejected

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputRejected("wrong_time", f"expected a time like 2024-03-05T12:00:00Z, got {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lines(document: dict[str, Any]) -> list[str]:
    """Return the answer as lines for a person."""
    head = f"{document['symbol']} {document['timeframe']} at {document['close_time']}: {document['direction']}"
    if document["direction"] == "NEUTRAL":
        note = [document["note"]] if "note" in document else []
        return [head, *(reason["text"] for reason in document["reasons"]), *note]
    prices = f"entry {document['entry']}  stop {document['stop']}  targets {' / '.join(document['targets'])}"
    figures = (
        f"risk/reward 1:{document['risk_reward']}  size {document['position_pct']}%  confidence {document['confidence']:.0%}"
    )
    return [head, prices, figures, *(f"- {reason['text']}" for reason in document["reasons"])]
