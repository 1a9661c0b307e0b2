"""What is a secret, by the name that it goes by: the one list, for the emulator's journal and the suite's reports."""

import re
from functools import lru_cache

MASK = "***"

# Mean a secret wherever they stand, in a sentence too.
_CLEAR = (
    r"(?:[\w-]*[_-])?(?:secret[_-]key|private[_-]key|api[_-]?key|passw(?:or)?d)|x-apikey|[\w-]+[_-]secret"
    r"|api[_-]?secret|(?:access|refresh)[_-]?token|x-imptokenheader|(?:card_)?(?:cvv|cvc)(?:_code)?|pwd_2digit"
)
# Words that mean one only as the name of a field, a parameter or a header.
_ALONE = (
    r"secret|[\w-]*token|[\w-]*authorization[\w-]*"
    r"|[\w-]*cookie[\w-]*|[\w-]*csrf[\w-]*|[\w-]*passw(?:or)?d[\w-]*|sign|sig|pwd"
    r"|card|card_?number|expiry|birth"
)
_NAME = rf"(?:{_CLEAR}|{_ALONE})"

_WHOLE = re.compile(_NAME, re.IGNORECASE)
_PARTS = re.compile(r"[\[\].]")
_CREDENTIAL = re.compile(r"token|secret|key", re.IGNORECASE)
_VARIABLE = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIAL", re.IGNORECASE)
_LONGEST_NAME = 64  # characters that are worth remembering

_HINTS = ("secret", "key", "token", "passw", "pwd", "authorization", "cookie", "csrf", "cvv", "cvc", "sig", "card",
          "number", "expiry", "birth")  # fmt: skip
# A card's where what it holds is one; a shop calls its orders' numbers so too.
_NUMBER = "number"
_OF_A_CARD = re.compile(r"\d(?:[ +-]?\d){12,18}")
# As card networks number them (2221 to 2720, and 3 to 6): a time in milliseconds or 20261123083214 is none.
CARD_NUMBER = re.compile(r"\b(?=[3-6]|2[2-7])\d(?:[ -]?\d){12,18}\b")
_NUMBERED = re.compile(
    rf"""(?<![\w-])(number(?:\]|%5D)?(?:\\?["'])?\s*[:=]\s*(?:\\?["'])?)({_OF_A_CARD.pattern})(?!\d)""", re.IGNORECASE
)
# The values of a mapping as JSON and Python write it; a bare one is a number.
_QUOTED = re.compile(
    rf"""((?P<q>\\?["'])\s*(?:[\w-]+\[)?{_NAME}\]?\s*(?P=q)\s*:\s*)(?:(?P<v>\\?["'])(?:(?!(?P=v)).)+|\d[\d.]*)""",
    re.IGNORECASE,
)
# Forms and queries; a name may be written with a space before it, a bracket may be escaped.
_IN_FORM = re.compile(
    rf"""((?:^|[?&])(?:\s|\+|%20)*(?:[\w-]+(?:\[|%5B))?(?:{_NAME}|(?<=card\[)number|(?<=card%5B)number)(?:\]|%5D)?=)(?!\*\*\*)[^&\s"'<>]+""",
    re.IGNORECASE,
)
_IN_SENTENCE = re.compile(
    rf"""\b((?:{_CLEAR})(?:\\?["'])?\s*[:=]\s*(?:\\?["'])?)(?!\*\*\*)[^"'&,;\s}}<\\]+""", re.IGNORECASE
)


def is_secret(name: str) -> bool:
    """Whether a field, a parameter or a header of this name holds a secret; `card[number]` goes by each of its parts.

    Spaces around it do not matter: an official client sends a form as `imp_key=K& imp_secret=S` (seen).
    """
    return _known(name) if len(name) <= _LONGEST_NAME else _judged(name)


def holds_secret(name: str, value: object) -> bool:
    """Whether what a field of this name holds is a secret: by its name, or as a `number` that is a card's."""
    return is_secret(name) or (
        name.strip().lower() == _NUMBER and isinstance(value, str | int) and is_card_number(str(value))
    )


def is_card_number(text: str) -> bool:
    """Whether these are the digits of a card: begun as card networks number them, or with the check digit that fits."""
    if not _OF_A_CARD.fullmatch(text.strip()):
        return False
    digits = [int(one) for one in reversed(text) if one.isdigit()]
    doubled = sum(sum(divmod(2 * one, 10)) for one in digits[1::2])
    return (sum(digits[::2]) + doubled) % 10 == 0 or CARD_NUMBER.fullmatch(text.strip()) is not None


def may_be_secret(header: str) -> bool:
    """Whether a header of this name may well hold one: whoever writes it into a file is asked to think again."""
    return is_secret(header) or _CREDENTIAL.search(header) is not None


def is_secret_variable(name: str) -> bool:
    """Whether a variable of the environment is named as one that holds a secret."""
    return _VARIABLE.search(name) is not None


def masked_text(text: str) -> str:
    """`text` without the values that stand behind the name of a secret: in JSON, in a form or a query, in words."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _QUOTED.sub(_hidden, text)
    if _NUMBER in lowered:
        text = _NUMBERED.sub(lambda found: f"{found[1]}{MASK if is_card_number(found[2]) else found[2]}", text)
    return _IN_SENTENCE.sub(rf"\g<1>{MASK}", _IN_FORM.sub(rf"\g<1>{MASK}", text))


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1]}{found['v'] or ''}{MASK}"


def _judged(name: str) -> bool:
    return any(_WHOLE.fullmatch(part.strip()) for part in _PARTS.split(name))


_known = lru_cache(maxsize=4096)(_judged)
