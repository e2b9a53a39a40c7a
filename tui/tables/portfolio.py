"""The tables of the accounts, of open and of closed trades."""

from functions.panes.answers import PortfolioPane
from functions.paper.report import AccountReport
from tui import words
from tui.tables.cells import Cell, CellTable, Column, Line
from tui.words import Tone

ACCOUNTS = (
    Column("Account", 14),
    Column("Equity", 12, right=True),
    Column("Return", 9, right=True),
    Column("24 h", 9, right=True),
    Column("Booked 24 h", 12, right=True),
    Column("Open", 6, right=True),
    Column("Closed", 8, right=True),
    Column("Won", 6, right=True),
)
OPEN = (
    Column("Open trade", 11),
    Column("Account", 9),
    Column("Side", 8),
    Column("Entry", 12, right=True),
    Column("Price", 12, right=True),
    Column("Profit", 12, right=True),
    Column("%", 9, right=True),
)
CLOSED = (
    Column("Closed", 17),
    Column("Coin", 9),
    Column("Account", 9),
    Column("Side", 8),
    Column("Entry", 12, right=True),
    Column("Profit", 12, right=True),
    Column("R", 7, right=True),
)
FIGURES = {  # what a trader asks for first; the titles are short, for 80 columns
    "win_rate": "won",
    "profit_factor": "PF",
    "expectancy_r": "mean",
    "max_drawdown": "drawdown",
    "sharpe": "Sharpe",
}
SIDES = {"long": Cell("▲ long", Tone.UP), "short": Cell("▼ short", Tone.DOWN)}


def accounts_table(pane: PortfolioPane) -> CellTable:
    """Return every account beside the others, and the coin that is held beside them."""
    held = pane.report.held
    beside = Line(
        held.symbol,
        (
            Cell(f"{held.symbol.removesuffix('USDT')} held"),
            Cell(words.NOTHING),
            *(_percent(value) for value in (held.return_pct, held.change_pct)),
            *(Cell(words.NOTHING) for _ in range(4)),
        ),
    )
    return CellTable(ACCOUNTS, (*(_account(account) for account in pane.report.accounts), beside))


def _account(account: AccountReport) -> Line:
    booked = float(account.booked)
    return Line(
        account.name,
        (
            Cell(account.name.replace("_", " ") + (" *" if account.unpriced else "")),
            Cell(words.money(float(account.equity)), value=float(account.equity)),
            _percent(account.return_pct),
            _percent(account.change_pct),
            Cell(words.signed(booked), words.tone_of(booked), booked),
            Cell(str(account.open), value=account.open),
            Cell(str(account.closed), value=account.closed),
            Cell(str(account.won), value=account.won),
        ),
    )


def _percent(value: float | None) -> Cell:
    return Cell(words.NOTHING if value is None else f"{words.signed(value)}%", words.tone_of(value), value)


def open_table(pane: PortfolioPane) -> CellTable:
    """Return the open trades of the accounts that are no shadows."""
    return CellTable(
        OPEN,
        tuple(
            Line(
                f"{trade.account}:{trade.symbol}",
                (
                    Cell(trade.symbol.removesuffix("USDT"), value=trade.symbol),
                    Cell(trade.account),
                    SIDES[trade.side.value],
                    Cell(words.price(float(trade.entry)), value=float(trade.entry)),
                    Cell(words.price(None if trade.price is None else float(trade.price))),
                    Cell(words.signed(float(trade.unrealised)), words.tone_of(float(trade.unrealised)), float(trade.unrealised)),
                    _percent(trade.unrealised_pct),
                ),
            )
            for trade in pane.report.open
        ),
    )


def closed_table(pane: PortfolioPane) -> CellTable:
    """Return the newest trades that are over."""
    return CellTable(
        CLOSED,
        tuple(
            Line(
                f"{trade.account}:{trade.symbol}:{trade.closed_at.isoformat()}",
                (
                    Cell(words.moment(trade.closed_at), Tone.DIM, trade.closed_at.timestamp()),
                    Cell(trade.symbol.removesuffix("USDT"), value=trade.symbol),
                    Cell(trade.account),
                    SIDES[trade.side],
                    Cell(words.price(float(trade.entry)), value=float(trade.entry)),
                    Cell(words.signed(float(trade.profit)), words.tone_of(float(trade.profit)), float(trade.profit)),
                    Cell(words.NOTHING if trade.r is None else words.signed(trade.r), words.tone_of(trade.r), trade.r),
                ),
            )
            for trade in pane.closed
        ),
    )


def prices_line(pane: PortfolioPane) -> str:
    """Return how old the prices are that equity and open trades stand at."""
    priced_at = pane.report.priced_at
    seconds = (pane.as_of - priced_at).total_seconds() if priced_at else None
    return f"equity and open trades stand at closes of {words.ago(seconds)}"


def figures_line(pane: PortfolioPane) -> str:
    """Return the desk's figures that a trader asks for first."""
    figures = {figure.name: figure.written for figure in pane.figures}
    said = [f"{title} {figures[name]}" for name, title in FIGURES.items() if name in figures]
    return "desk: " + ("  ".join(said) if said else "no whole day with an account yet")
