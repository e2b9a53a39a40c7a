"""Both languages say everything, with the same values."""

import ast
import re
import string
from functools import lru_cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import functions.errors
from functions.delivery.messages.words import LOCALE, Language, Words, lines
from functions.digest import missing as digest
from functions.errors import InputRejected, QuorumError
from functions.reasons import Codes, reason
from functions.scoring import reasons as scoring
from functions.screener import reasons as screener
from functions.technical.setups import reasons as technical

SOURCE = LOCALE.parents[1]
TOLD = [SOURCE.parent / name for name in ("paper", "price_alerts", "market", "screener")]  # whose errors are told in Telegram
REASONS: tuple[Codes, ...] = (*technical.Code, *scoring.Code, *screener.Code, *digest.MissingPart)


def russian() -> Catalog:
    return catalog(Language.RU)


def fields(sentence: str) -> set[tuple[str, str | None]]:
    return {(name, form) for _, name, form, _ in string.Formatter().parse(sentence) if name}


def used() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(str(SOURCE), method_map=[("**.py", "python")], keywords={"say": None, "count": (1, 2)})
    return {message for _, _, message, _, _ in found}


def test_every_sentence_in_use_has_a_russian_one_and_no_other_is_kept() -> None:
    kept = {tuple(one.id) if one.pluralizable else str(one.id) for one in russian() if one.id and not one.context}
    assert used() == kept


@lru_cache
def raised() -> dict[str, set[str]]:
    """Return the codes of every error of ours that is told in Telegram, each with the names of its figures."""
    errors = {name for name, kind in vars(functions.errors).items() if isinstance(kind, type) and issubclass(kind, QuorumError)}
    calls = (
        node
        for package in TOLD
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    found: dict[str, set[str]] = {}
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in errors and isinstance(call.args[0], ast.Constant):
            code = str(call.args[0].value)
            keys = [key for node in ast.walk(call) if isinstance(node, ast.Dict) for key in node.keys]
            figures = {str(key.value) for key in keys if isinstance(key, ast.Constant)}
            found[code] = found.get(code, figures) & figures
    return found


@lru_cache
def catalog(language: Language) -> Catalog:
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.value)


@pytest.mark.parametrize("language", Language)
def test_every_error_that_is_told_has_a_sentence_with_no_other_figures(language: Language) -> None:
    told = {str(one.id): str(one.string) for one in catalog(language) if one.context == "problem"}
    assert raised().keys() == told.keys()
    assert [code for code, sentence in told.items() if not {name for name, _ in fields(sentence)} <= raised()[code]] == []


def test_translations_are_whole_and_carry_the_same_values() -> None:
    for one in russian():
        if not one.id:
            continue
        forms = one.string if isinstance(one.string, tuple | list) else [one.string]
        assert len(forms) == (3 if one.pluralizable else 1), one.id
        assert not one.fuzzy
        expected = fields(one.id[0] if one.pluralizable else english(one))
        for form in forms:
            assert form
            if one.context == "problem":
                assert {name for name, _ in fields(form)} <= raised()[str(one.id)], one.id
            elif one.context == "reason":  # an English word for a number may be a number in Russian
                assert {name for name, _ in fields(form)} <= {name for name, _ in expected}, one.id
            else:
                assert fields(form) == expected, one.id
            assert tags(form) == tags(one.id[0] if one.pluralizable else str(one.id)) or one.context


def english(one: Message) -> str:
    if one.context != "reason":
        return str(one.id)
    return next(code.sentence for code in REASONS if code == one.id)


def tags(sentence: str) -> list[str]:
    return re.findall(r"</?[a-z]+>", sentence)


def test_every_reason_has_a_russian_sentence() -> None:
    assert {code.value for code in REASONS} == {one.id for one in russian() if one.context == "reason"}


def test_russian_reason_carries_every_value_but_english_plurals() -> None:
    catalog = russian()
    for code in REASONS:
        found = catalog.get(code.value, context="reason")
        assert found is not None
        missing = {name for name, _ in fields(code.sentence)} - {name for name, _ in fields(str(found.string))}
        assert missing <= ({"candles"} if code in ("stale_input", "stale_candles") else set()), code


def test_values_are_escaped_and_html_is_not_escaped_twice() -> None:
    words = Words()
    inner = words.say("<b>{x}</b>", x="a < b & c")
    assert words.say("• {inner}", inner=inner) == "• <b>a &lt; b &amp; c</b>"
    assert lines("a", "b") == "a\nb"


def test_russian_plurals_and_numbers() -> None:
    words = Words(Language.RU)
    one, many = "{number} signal in 24 h", "{number} signals in 24 h"
    assert [words.count(one, many, number) for number in (1, 3, 5, 11, 21)] == [
        "1 сигнал за 24 ч",
        "3 сигнала за 24 ч",
        "5 сигналов за 24 ч",
        "11 сигналов за 24 ч",
        "21 сигнал за 24 ч",
    ]
    assert words.reason({"code": "volume_above", "params": {"times": 1.5}}) == "объём в 1,5 раза выше среднего"


def test_refusal_in_russian_keeps_its_figures() -> None:
    error = InputRejected(
        "position_too_large", "expected at most", figures={"largest": "200.00", "share": "20%", "cost": "500.00"}
    )
    assert Words(Language.RU).problem(error) == "Сделка не больше 20% капитала: 200.00 USDT, а вышло 500.00."
    assert Words().problem(error) == "At most 200.00 USDT a trade (20% of your capital); this one came to 500.00."


def test_reason_about_another_one_is_translated_as_a_whole() -> None:
    inner = reason(technical.Code.FLAT_PRICE, symbol="ETHUSDT", timeframe="4h", window=20)
    outer = reason(technical.Code.HIGHER_UNUSABLE, symbol="ETHUSDT", timeframe="4h", problem=inner).as_json()
    assert Words().reason(outer) == outer["text"]
    assert outer["text"].endswith("is not usable: ETHUSDT 4h has not moved for 20 candles")
    assert Words(Language.RU).reason(outer).endswith("не годится: ETHUSDT 4h не двигалась 20 свечей")


def test_reason_without_translation_or_with_other_values_stays_english() -> None:
    words = Words(Language.RU)
    assert words.reason({"code": "new_code", "params": {}, "text": "a <new> reason"}) == "a &lt;new&gt; reason"
    assert words.reason({"code": "volume_above", "params": {}, "text": "old shape"}) == "old shape"
