"""Reads the file that describes a merchant; what cannot be used is one line that names file, key and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from conformance.machine.models import complaints
from conformance.machine.text_files import NotReadable, toml_of
from conformance.settings.merchant_toml import MerchantFile


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
