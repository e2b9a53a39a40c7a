"""What is told of a trouble, and when."""

from datetime import UTC, datetime, timedelta

from functions.status.troubles import Kind, News, Trouble
from functions.watchdog.register import REMIND_AFTER, Register

START = datetime(2026, 3, 4, 12, tzinfo=UTC)
GRACE = timedelta(seconds=60)
N8N, OFF = Trouble(Kind.N8N), Trouble(Kind.OFF, "Read the news")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told(register: Register, *troubles: Trouble, seconds: float) -> News:
    """One round in which somebody hears the news."""
    register.note(troubles, at(seconds))
    news = register.news(at(seconds))
    register.told(news, at(seconds))
    return news


def test_trouble_is_told_once_after_the_grace_and_so_is_its_end() -> None:
    register = Register(GRACE)
    assert not told(register, N8N, seconds=0)
    assert not told(register, N8N, seconds=59)
    assert told(register, N8N, seconds=60) == News(began=(N8N,))
    assert not told(register, N8N, seconds=65)
    assert told(register, seconds=70) == News(ended=(N8N,))
    assert not told(register, seconds=75)


def test_trouble_that_ends_within_the_grace_is_never_told() -> None:
    register = Register(GRACE)
    told(register, N8N, seconds=0)
    assert not told(register, seconds=50)
    assert not told(register, N8N, seconds=70)  # its time begins anew
    assert register.lasting(at(70)) == []


def test_trouble_that_lasts_is_told_again_but_a_choice_is_not() -> None:
    register = Register(GRACE)
    later = 60 + REMIND_AFTER.total_seconds()
    told(register, N8N, OFF, seconds=0)
    assert told(register, N8N, OFF, seconds=60) == News(began=(N8N, OFF))
    assert not told(register, N8N, OFF, seconds=later - 1)
    assert told(register, N8N, OFF, seconds=later) == News(began=(N8N,))


def test_what_nobody_heard_is_news_until_somebody_does() -> None:
    register = Register(GRACE)
    register.note([N8N], at(0))
    register.note([N8N], at(60))
    assert register.news(at(60)) == News(began=(N8N,))
    assert register.news(at(300)) == News(began=(N8N,))
    register.told(register.news(at(300)), at(300))
    register.note([], at(310))
    assert register.news(at(310)) == News(ended=(N8N,))
    assert register.news(at(900)) == News(ended=(N8N,))


def test_trouble_that_is_back_before_its_end_was_told_is_no_news() -> None:
    register = Register(GRACE)
    told(register, N8N, seconds=0)
    told(register, N8N, seconds=60)
    register.note([], at(70))
    register.note([N8N], at(75))
    assert not register.news(at(80))


def test_newest_words_about_a_trouble_count() -> None:
    register = Register(GRACE)
    register.note([Trouble(Kind.N8N, reason="ConnectError")], at(0))
    register.note([Trouble(Kind.N8N, reason="status 503")], at(60))
    assert [trouble.words for trouble in register.lasting(at(60))] == ["n8n: status 503"]
