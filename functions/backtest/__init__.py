"""The backtest: the live rules over months of candles, as one portfolio beside what it is compared with.

- What a run gives: `result.py`; the numbers it depends on: `rules.py`; what the market was: `history.py`.
- Every setup of a span: `setups.py`; which of them become signals: `signals.py`; what is put to an account: `offers.py`.
- Which orders an account takes and what they earn: `portfolio.py`, its book: `account.py`, its prices: `market.py`.
- No rule of trading lies here: they are the desk's own, called for all closes at once.
"""
