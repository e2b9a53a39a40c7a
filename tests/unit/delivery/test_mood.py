"""What is said of mood and news: each thing with its source and its age."""

from functions.delivery.messages.texts import mood
from functions.delivery.messages.words import Language, Words
from tests.unit.delivery import making


def test_headline_has_its_mark_its_source_and_its_age_and_is_escaped() -> None:
    text = mood.news("BTC", making.coin_mood(), [making.headline()], making.crowd_readings(), making.CLOSE, Words())
    assert text.splitlines() == [
        "<b>BTC</b>: +0.42 by 2 publishers, 60% sure",
        "In 4 h it moved by +0.35",
        "",
        '🟢 <a href="https://news.example/?a=1&amp;b=%222%22">BTC &lt; $60K &amp; rising</a> · CoinDesk, 75 min ago',
        "",
        "Posts: 67% good, -0.20 against what is usual · LunarCrush, 60 min ago",
        "Votes: 67% good, -0.20 against what is usual · CoinGecko, 60 min ago",
    ]


def test_headline_that_says_nothing_of_the_coin_is_neither_good_nor_bad() -> None:
    headlines = [making.headline(value=value) for value in (None, 0.05, -0.5)]
    text = mood.news("BTC", None, headlines, [], making.CLOSE, Words())
    assert [line[0] for line in text.splitlines()[2:]] == ["⚪", "⚪", "🔴"]
    assert text.startswith("<b>BTC</b>: nothing is written of it in three days")


def test_mood_names_each_source_with_its_age_and_what_is_stale() -> None:
    scores = [making.coin_mood("MARKET"), making.coin_mood("BTC"), making.coin_mood("ETH", -0.5), making.coin_mood("SOL", 0.01)]
    lines = mood.mood(making.mood_readings(), scores, making.CLOSE, Words()).splitlines()
    assert lines[1:] == [
        "🟢 News: +0.42 by 2 publishers, 60% sure",
        "Bitcoin's share: 54.3% · CoinGecko, 3 h ago, stale",
        "🟢 Fear &amp; Greed: 71 Greed · alternative.me, 3 h ago",
        "Looked for: PEPE, &lt;b&gt; · CoinGecko, 3 h ago",
        "Written well of: BTC +0.42",
        "Written badly of: ETH -0.50",
        "/news BTC shows the headlines about a coin.",
    ]


def test_shift_names_who_moved_it() -> None:
    lines = mood.shifted(making.mood_shift(), Words()).splitlines()
    assert lines[1] == "🔴 <b>BTC</b>: +0.40 → -0.25 (CoinDesk -0.80, A &lt;feed&gt; -0.40)"
    assert lines[2].startswith("🟢 <b>The market</b>: +0.10 → +0.50")
    assert "Рынок" in mood.shifted(making.mood_shift(), Words(Language.RU))
