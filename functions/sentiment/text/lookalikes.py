"""Letters that look like others: a word in borrowed letters becomes the word it passes for."""

import re
import unicodedata
from functools import lru_cache

from confusable_homoglyphs.confusables import confusables_data

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_RUSSIAN_LETTERS = frozenset(_RUSSIAN + _RUSSIAN.upper())
# The pairs that no reader can tell apart; a word of these alone may be of either language.
_TWINS = dict(zip("аеорсухАВЕКМНОРСТХУ", "aeopcyxABEKMHOPCTXY", strict=True))
_RUSSIAN_OF = str.maketrans({latin: russian for russian, latin in _TWINS.items()})
# Pairs that look alike in some typefaces only: enough inside of a word that has letters of the other language.
_LATIN_OF = str.maketrans({**_TWINS, **dict(zip("вгкмнтьиіЬ", "brkmhtbuib", strict=True))})
# What Unicode's table of lookalikes leaves out: small capitals, and capitals in black circles and squares.
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_BADGES = {chr(first + place): chr(ord("A") + place) for first in (0x1F150, 0x1F170) for place in range(26)}
_MARKS = str.maketrans({
    **dict.fromkeys("‘’‚‛′`´ʼʹ", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−⁃", "-"),
    "⁄": "/",
    "∶": ":",
})  # fmt: skip
_WORD = re.compile(r"[A-Za-zА-Яа-яЁё]+")


def plain_letters(text: str) -> str:
    """Return a text, composed as NFC or NFKC, in the letters of English and Russian wherever others only look like them.

    Each word is of the language that its unmistakable letters are of. A word that has none ("BTC", "нос") is English in a
    headline without a Russian word; else it is English in capitals and Russian in small letters.
    """
    simple = "".join(_simple(letter) for letter in _without_strokes(text.translate(_MARKS)))
    words = _WORD.findall(simple)
    russian_headline = any(_language(word) == "ru" for word in words)
    return _WORD.sub(lambda word: _in_one_language(word[0], russian_headline), simple)


def _without_strokes(text: str) -> str:
    """Return a text without the marks that were put on English or Russian letters, figures and signs."""
    kept: list[str] = []
    for letter in text:
        if unicodedata.combining(letter) or unicodedata.category(letter) == "Me":
            base = kept[-1] if kept else " "
            if base.isascii() or base in _RUSSIAN_LETTERS:
                continue
        kept.append(letter)
    return "".join(kept)


@lru_cache(maxsize=4096)
def _simple(letter: str) -> str:
    """Return the ASCII letter that a letter passes for, or is but for its marks; the letter itself when there is none."""
    if letter.isascii() or letter in _RUSSIAN_LETTERS:
        return letter
    if letter in _SMALL_CAPITALS or letter in _BADGES:
        return _SMALL_CAPITALS.get(letter) or _BADGES[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    if base.isascii():
        return base
    if base in _RUSSIAN_LETTERS:
        return letter  # a letter of a neighbour's alphabet
    twins: list[str] = [entry["c"] for entry in confusables_data.get(letter, ()) if entry["c"].isascii() and entry["c"].isalpha()]
    of_its_case = [twin for twin in twins if len(twin) == 1 and twin.isupper() == letter.isupper()]
    return min(of_its_case or [twin for twin in twins if len(twin) == 1] or [letter], key=lambda twin: twin != "l")


def _language(word: str) -> str:
    """Return the language of a word's unmistakable letters: `en`, `ru`, both as `mixed`, or an empty text."""
    english = any(letter.isascii() and letter not in _TWINS.values() for letter in word)
    russian = any(not letter.isascii() and letter not in _TWINS for letter in word)
    return "mixed" if english and russian else "en" if english else "ru" if russian else ""


def _in_one_language(word: str, russian_headline: bool) -> str:
    language = _language(word)
    if language == "mixed":
        english = word.translate(_LATIN_OF)
        return english if english.isascii() else word
    if language == "ru":
        return word.translate(_RUSSIAN_OF)
    capitals = len(word) > 1 and word.isupper()
    return word.translate(_LATIN_OF) if language == "en" or capitals or not russian_headline else word.translate(_RUSSIAN_OF)
