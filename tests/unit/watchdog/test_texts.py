"""What the watchdog says, in both languages; every kind of trouble has words for its beginning and its end."""

from datetime import UTC, datetime

import pytest

from functions.delivery.messages.texts.watchdog import watchdog
from functions.delivery.messages.words import Language, Words
from functions.status.troubles import Kind, News, Trouble

SEEN = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)


def test_message_names_what_began_and_what_ended() -> None:
    news = News(began=(Trouble(Kind.COLLECTOR, "collector 2/2", seen_at=SEEN),), ended=(Trouble(Kind.N8N),))
    assert watchdog(news, Words()).splitlines() == [
        "<b>The desk needs you</b>",
        "❌ collector 2/2 is silent: prices stand still (last: 4 Mar 12:05 UTC)",
        "✅ n8n answers again",
        "<code>make doctor</code> on the desk's machine says more.",
    ]


def test_good_news_in_russian_needs_no_step() -> None:
    news = News(ended=(Trouble(Kind.STOPPED, "Read <the> news"),))
    expected = ["<b>Деск снова в порядке</b>", "✅ Процесс Read &lt;the&gt; news снова выполняется"]
    assert watchdog(news, Words(Language.RU)).splitlines() == expected


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_beginning_and_an_end(kind: Kind, language: Language) -> None:
    trouble = Trouble(kind, "name", seen_at=SEEN)
    text = watchdog(News((trouble,), (trouble,)), Words(language))
    assert ("❌" in text, "✅" in text, len(text.splitlines())) == (True, True, 4)
