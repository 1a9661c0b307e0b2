"""What is read from files: the base of its models, and how what is wrong there is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from conformance.machine.nearest import did_you_mean


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
