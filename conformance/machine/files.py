"""The files that people write: read as text or TOML, held to a model, and what is wrong in one said in one line."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

LIKE, A_LETTER_OFF = 0.6, 0.85
"""How alike two names are (difflib's ratio): of one kind, or one but for a letter."""


class NotReadable(Exception):
    """The file is no text, or no TOML; `str()` is one line: which file, why and what to do. `reason` names no file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


def text_of(path: Path) -> str:
    """The file's text: UTF-8, with or without the mark that Windows editors put before it. Raises NotReadable."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotReadable(path, str(error.strerror)) from error
    if content.startswith(_UTF_16) or b"\0" in content:
        raise NotReadable(path, "it is saved as UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotReadable(
            path, f"line {line} is not UTF-8 (a Windows code page such as cp949, perhaps); save the file as UTF-8"
        ) from error


def toml_of(path: Path) -> dict[str, Any]:
    """What the TOML file says. Raises NotReadable."""
    try:
        return tomllib.loads(text_of(path))
    except tomllib.TOMLDecodeError as error:
        raise NotReadable(path, str(error)) from error
    except RecursionError as error:
        raise NotReadable(path, "its arrays or tables are nested too deep") from error


class Strict(BaseModel):
    """Facts that are not changed; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def _exactly_one(self, *names: str) -> str:
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(names)}")
        return given[0]


def complaints(error: ValidationError, model: type[BaseModel]) -> str:
    """What a file must not say, key by key, in one line; without the values, which may be secrets.

    `model` is what the file is read as. A misspelt key comes first: that another is missing may follow from it.
    """
    wrong = error.errors(include_url=False, include_input=False)
    wrong.sort(key=lambda one: one["type"] != "extra_forbidden")
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {_complaint(one, model)}" for one in wrong)


def _complaint(wrong: Mapping[str, Any], model: type[BaseModel]) -> str:
    if wrong["type"] == "value_error":  # a rule of ours: its sentence, without the prefix that pydantic puts before it
        return str(wrong["ctx"]["error"])
    if wrong["type"] != "extra_forbidden":
        return str(wrong["msg"])
    *place, name = map(str, wrong["loc"])
    known = _names_at(model, place)
    meant = did_you_mean(name, known)
    return f"there is no such setting ({meant or 'known are ' + ', '.join(known)})"


def _names_at(model: type[BaseModel], place: Sequence[str]) -> list[str]:
    """The names that may stand at a place within the model: where it could be one of several, those of all."""
    models = [model]
    for step in place:
        if within := [one.model_fields[step].annotation for one in models if step in one.model_fields]:
            models = [found for annotation in within for found in _models_in(annotation)]
    return list(dict.fromkeys(name for one in models for name in one.model_fields))


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models in an annotation, however deep: in a list, as a table's values, as one of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def did_you_mean(name: str, known: Iterable[str], *, alike: float = LIKE) -> str:
    """`did you mean a or b?` with the nearest of the known names, at most three; empty where none is near."""
    close = get_close_matches(name, list(known), n=3, cutoff=alike)
    return f"did you mean {' or '.join(close)}?" if close else ""
