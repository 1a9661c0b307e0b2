"""Reads the file that describes a merchant; what cannot be used is one line that names file, key and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from conformance.machine.nearest import did_you_mean
from conformance.machine.text_files import NotReadable, toml_of
from conformance.merchant.toml.description import MerchantFile


class MerchantFileError(Exception):
    """The TOML file cannot be used; `str()` says which file, which line of it, and why."""


def read_merchant_file(path: Path, *changes: Path) -> MerchantFile:
    """The description in `path`, with what the files of `changes` say instead, key by key of its tables.

    Raises MerchantFileError when one is missing, no TOML, or says something unknown.
    """
    told = _read(path)
    for change in changes:
        for key, value in _read(change).items():
            told[key] = {**told.get(key, {}), **value} if isinstance(value, dict) else value
    try:
        return MerchantFile.model_validate(told)
    except ValidationError as error:
        raise MerchantFileError(f"{(path, *changes)[-1]}: {complaints(error, MerchantFile)}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return toml_of(path)
    except NotReadable as reason:
        raise MerchantFileError(str(reason)) from reason


def complaints(error: ValidationError, model: type[BaseModel]) -> str:
    """What a file must not say, key by key, in one line; without the values, which may be secrets.

    `model` is what the file is read as. A misspelt key comes first: that another is missing may follow from it.
    """
    wrong = error.errors(include_url=False, include_input=False)
    wrong.sort(key=lambda one: one["type"] != "extra_forbidden")
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {_complaint(one, model)}" for one in wrong)


def _complaint(wrong: Mapping[str, Any], model: type[BaseModel]) -> str:
    if wrong["type"] != "extra_forbidden":
        return str(wrong["msg"])
    *place, name = map(str, wrong["loc"])
    known = _names_at(model, place)
    meant = did_you_mean(name, known)
    return f"there is no such setting ({meant or 'here may stand ' + ', '.join(known)})"


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
