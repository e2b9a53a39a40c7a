"""What is said of scores: factors with their age, rejections, the day, the watch list."""

from datetime import timedelta

import pytest

from functions.delivery.messages.rendering import render
from functions.delivery.messages.texts import factors, scores, signals
from functions.delivery.messages.texts.gate import gate_line, gate_state
from functions.delivery.messages.words import Language, Words
from functions.paper.admission import OBSTACLES
from functions.scoring import reasons
from functions.scoring.filters import Rejection
from functions.technical.setups.reasons import Code as SetupCode
from tests.unit.delivery import making

LINES = [
    "✅ Technical +26.7 · +0.80 · now",
    "❌ Sentiment -2.4 · -0.30 · 95 min ago",
    "▫️ On-chain: nothing fresh",
    "➖ Context +0.1 · +0.05 · 30 h ago",
    "✅ Momentum +3.8 · +0.50 · 3 d ago",
]


def test_each_factor_is_one_line_with_its_points_and_the_age_of_its_newest_reading() -> None:
    assert factors.factor_lines(making.FACTORS, making.CLOSE, Words()) == LINES


def test_age_is_told_in_its_largest_useful_unit() -> None:
    spans = {"now": 59, "1 min ago": 60, "119 min ago": 7199, "2 h ago": 7200, "47 h ago": 172_799, "2 d ago": 172_800}
    for words, seconds in spans.items():
        assert factors.age(making.CLOSE - timedelta(seconds=seconds), making.CLOSE, Words()) == words


def test_signal_shows_score_confidence_coverage_and_what_agrees_and_disagrees() -> None:
    message = render("signal", [making.signal_payload()], Words())
    rows = message.text.split("\n")
    assert rows[1:3] == ["Score <b>78</b> · confidence <b>72%</b>", "Coverage 60% of all weight · size <b>5.0%</b> of equity"]
    assert rows[rows.index("<b>Factors</b>, points from 50") + 1 :][:5] == LINES
    assert message.caption is not None
    assert all(line in message.caption for line in LINES)


def test_signal_of_size_0_names_the_obstacle() -> None:
    for obstacle in OBSTACLES:
        text = render("signal", [making.signal_payload(position_pct=0.0, obstacles=[obstacle.value])], Words()).text
        assert "\nSize 0: " in text


def test_coin_without_a_signal_shows_its_score_its_factors_and_why_its_setup_was_rejected() -> None:
    text = scores.coin(making.coin_payload(), ["<b>15m</b> · trend up"], Words())
    rows = text.split("\n")
    assert rows[0] == "⚪ <b>SOLUSDT</b>: no signal now"
    assert "Score <b>62</b> · confidence <b>43%</b> · coverage 60%" in rows
    assert "🟢 Market: signals may be long" in rows
    assert set(LINES) <= set(rows)
    assert "• 2 of the 3 factors that have to agree do" in rows
    assert rows[-1] == "<b>15m</b> · trend up"


def test_rejection_says_every_check_that_failed_and_the_plan() -> None:
    text = scores.rejection(making.rejection_payload(number=12), Words())
    assert "rejected, R12" in text
    assert "• 2 of the 3 factors that have to agree do\n• confidence is 43%, less than 65%" in text
    assert "entry <code>128.35</code>, stop <code>113.62</code>" in text
    assert "It is no probability" in text


def test_rejection_in_russian_is_russian() -> None:
    text = scores.rejection(making.rejection_payload(), Words(Language.RU))
    assert "• согласных факторов 2, а нужно 3\n• уверенность 43%, меньше 65%" in text


def test_today_counts_setups_by_the_first_check_that_failed() -> None:
    rows = scores.today(making.rejections_payload(), Words()).split("\n")
    assert rows[1:4] == ["1 signal in 24 h", "21 setups were judged", "🟢 Market: signals may be long, since 1 Mar"]
    assert rows[7:9] == ["12 x too few factors agree", "8 x the pair had a signal just before"]
    assert sum("/why_R" in row for row in rows) == 5


def test_today_without_setups_says_what_is_missing() -> None:
    nothing = {"setups": 0, "signals": 0, "counts": {}, "rejections": []}
    assert "No coin had an entry" in scores.today(making.rejections_payload(**nothing), Words())
    assert "Nothing is scored yet" in scores.today(making.rejections_payload(**nothing, scored_to=None), Words())


def test_watch_list_names_the_check_of_each_setup() -> None:
    setups = [making.rejection_payload("SOLUSDT", 7), making.rejection_payload("XRPUSDT", 8, score=None)]
    text = scores.watch_list({"as_of": making.CLOSE.isoformat(), "gate": making.GATE, "setups": setups}, Words())
    assert "<b>SOLUSDT LONG</b> 15m · score 62 · too few factors agree · /why_R7" in text
    assert "<b>XRPUSDT LONG</b> 15m · too few factors agree · /why_R8" in text


def test_every_check_that_can_name_a_rejection_has_words() -> None:
    figures = {"regime": 0.0, "limit": 3.0, "text": 0.5, "technical": -0.5, "agreeing": 2.0, "confidence": 0.4, "cost": 0.1}
    known = {**figures, "daily_trend": 0.0, "score": 40.0, "range_ratio": 4.0, "risk_reward": 1.0, "minutes_since_signal": 9.0}
    codes: set[str] = set()
    for check in Rejection:
        for given in (known, {**known, "regime": 1.0}, {"limit": 3.0, "regime": 0.0, **figures}):
            why = (
                reasons.rejection_reason(check, given, symbol="SOLUSDT", direction=-1, gate_symbol="BTCUSDT")
                if _can(check, given)
                else None
            )
            codes |= {why.code.value} if why else set()
    assert {code.value for code in reasons.Code} <= codes
    assert codes - {code.value for code in reasons.Code} <= {code.value for code in SetupCode}
    assert all(scores.check(code, Words(language)) for code in codes for language in Language)


def _can(check: Rejection, figures: dict[str, float]) -> bool:
    """Tell whether a check has the figures that it never lacks."""
    needed = {Rejection.RISK_REWARD_TOO_LOW: "risk_reward", Rejection.COOLDOWN: "minutes_since_signal"}
    return needed.get(check, "limit") in figures


def test_gate_has_a_line_for_every_state() -> None:
    lines = [gate_line(gate_state(regime), Words()) for regime in (1, -1, 0, None)]
    assert lines == [
        "🟢 Market: signals may be long",
        "🔴 Market: signals may be short",
        "⚪ Market: no signals, it has no direction",
        "❔ Market: not known",
    ]


@pytest.mark.parametrize(
    ("state", "english", "russian"),
    [
        ("new", "New: it may be taken", "Новый: можно брать"),
        ("hit_sl", "The stop was touched before TP1, 5 Mar 14:30 UTC", "Стоп задет раньше TP1, 5 мар. 14:30 UTC"),
    ],
)
def test_shown_signal_says_where_it_stands_and_its_alert_does_not(state: str, english: str, russian: str) -> None:
    ended = "2024-03-05T14:30:00Z" if state == "hit_sl" else None
    payload = making.signal_payload()
    for language, said in zip(Language, (english, russian), strict=True):
        words = Words(language)
        shown = {**payload, "state": state, "ended_at": ended}
        assert signals.signal(shown, words).text.split("\n")[1] == said
        assert signals.why(shown, words).split("\n")[1] == said
        assert said not in signals.signal(payload, words).text
