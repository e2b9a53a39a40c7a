"""What a headline says to whoever reads it instead of telling news: orders to a model, made-up system text, heaps of tags.

The patterns keep the usual forms out of a score. They are no proof: that text opens no trade follows from `scoring`.
"""

import re

_ROLE = r"(?:system|assistant|user|developer|human|ai|instructions?)"
_VERDICT = r"(?:bullish|bearish|positive|negative|neutral|buy|sell|[-+]?[01](?:\.\d+)?|json)"
# A block of a chat's own markup, with what is in it.
_BLOCKS = re.compile(
    rf"<\|?(?:im_start|{_ROLE})\|?>.*?(?:<\|?/?(?:im_end|{_ROLE})\|?>|$)"
    rf"|\[/?(?:INST|SYS|{_ROLE})\].*?(?:\[/(?:INST|SYS|{_ROLE})\]|$)"
    rf"|<<SYS>>.*?(?:<</SYS>>|$)"
    rf"|(?:^|\s)\#{{2,}}\s*{_ROLE}\b.*$"
    r"|(?:^|(?<=[.!?|\n])\s*)(?:system|assistant|instructions?)\s*(?:prompt|message|note|override)?\s*:.*?(?:[.!?|\n](?=\s|$)|$)",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?|\n])(?=\s)")
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,2}?(?:previous|prior|above|earlier|preceding|your|these)\s+"
    r"(?:\w+\s+){0,2}?(?:instructions?|prompts?|rules|guidelines|context|texts?|messages?)\b"
    r"|\b(?:ignore|disregard|forget)\s+(?:all|everything|anything)\s+(?:\w+\s+)?(?:above|previous|before|prior|instructions?|prompts?)\b"
    r"|^\W*(?:please\s+|now\s+|you must\s+|always\s+)*"
    r"(?:classify|rate|score|label|mark|answer|respond|reply|output|return|print|say)"
    rf"\b.{{0,40}}\b(?:as|with|only|exactly|sentiment|headline|this)\b.{{0,60}}{_VERDICT}"
    r"|\byou are (?:now )?(?:an? |the )?(?:\w+ ){0,4}(?:ai|assistant|model|bot|chatbot|classifier)\b"
    r"|\b(?:new|updated) (?:system )?(?:instructions?|prompt)\s*:",
    re.IGNORECASE,
)
_TAG = r"[$#][\w.]+"
_FIRST_TAGS = re.compile(rf"^\W*?(?:{_TAG}[\s,;]+){{3,}}(?=\S+\s+\S+\s+\S+)")
_LAST_TAGS = re.compile(rf"(?<=\S)(?:[\s,;]+{_TAG}){{3,}}\s*$")


def news_alone(text: str) -> str:
    """Return a cleaned text without its sentences that give orders, chat markup, and rows of three tags and more at its ends."""
    told = _BLOCKS.sub(" ", text)
    sentences = [sentence for sentence in _BETWEEN_SENTENCES.split(told) if not _ORDER.search(sentence)]
    untagged = _LAST_TAGS.sub("", _FIRST_TAGS.sub("", "".join(sentences)))
    return " ".join(untagged.split())
