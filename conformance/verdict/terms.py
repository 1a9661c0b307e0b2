"""The words in which a generation of PortOne is told to people: the suite keeps V1's, and V2 has its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

TERMS: Mapping[str, Mapping[str, str]] = {
    "v1": {},
    "v2": {
        "imp_uid": "transactionId",
        "merchant_uid": "paymentId",
        "merchant_uids": "paymentIds",
        "m_redirect_url": "redirectUrl",
        "notice_url": "noticeUrls",
        "cancel_amount": "amount.cancelled",
        "checksum": "currentCancellableAmount",
        "IMP.request_pay": "PortOne.requestPayment",
    },
}
"""By V1's word, the one of the generation (docs): only where a person reads it, never in what crossed."""
_VERBATIM = re.compile(r"(<(pre|code|script|style)\b.*?</\2>|<[^>]*>)", re.DOTALL)
"""What of a page is no text for people, or is told as it was: calls, commands, addresses."""
_QUOTED = re.compile(r"(`[^`]*`|\]\([^)]*\))")
"""The same of Markdown."""


def in_words_of(api: str, text: str) -> str:
    """A text for people with the words of this generation; names of a merchant's file and addresses stay."""
    terms = TERMS[api]
    return (
        _pattern(api).sub(lambda found: _with_article(found["article"], terms[found["word"]]), text) if terms else text
    )


def _with_article(article: str | None, word: str) -> str:
    """The word, with the indefinite article that it takes in place of the one that stood before the other."""
    if not article:
        return word
    return f"{article[0]}{'n' if word[0].lower() in 'aeiou' else ''} {word}"


def page_in_words_of(api: str, page: str) -> str:
    """The same of a whole page (HTML)."""
    return _between(_VERBATIM, 2, page, lambda text: in_words_of(api, text)) if TERMS[api] else page


def markdown_in_words_of(api: str, told: str) -> str:
    """The same of Markdown."""
    return _between(_QUOTED, 1, told, lambda text: in_words_of(api, text)) if TERMS[api] else told


def _between(verbatim: re.Pattern[str], groups: int, whole: str, change: Callable[[str], str]) -> str:
    parts = verbatim.split(whole)  # a text, then what the groups found, by turns
    return "".join(
        change(part) if number % (groups + 1) == 0 else part if number % (groups + 1) == 1 else ""
        for number, part in enumerate(parts)
        if part is not None
    )


@cache
def _pattern(api: str) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, TERMS[api]), key=len, reverse=True)
    words = "|".join(longest_first)
    return re.compile(rf"(?<![\w.{{/?&=-])(?:(?P<article>[Aa]n?) )?(?P<word>{words})(?![A-Za-z0-9_}}=])")
