"""Lists and objects of a request's body, as JSON has them and as forms spell them: `a[]`, `a[0]`, `a[0][b]`."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

_STEP = re.compile(r"\[([^\[\]]*)\]")
DEEPEST = 4  # what any call needs, and more


def entries(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]] | None:
    """The list of objects called `name`, from JSON, from a form's fields, or from JSON within a form's field.

    Empty where there is none, None where it is something else.
    """
    found: Any = body.get(name)
    if found is None:
        found = _spelt(body, name)
    elif isinstance(found, str):
        with suppress(ValueError, RecursionError):
            found = json.loads(found)
    if isinstance(found, dict):  # a form's numbered entries
        found = list(found.values())
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return found


def _spelt(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """`name[0][b]=c` and the like as objects in objects."""
    whole: dict[str, Any] = {}
    for key, value in body.items():
        first, opened, rest = key.partition("[")
        steps = _STEP.findall(opened + rest)
        if first == name and 0 < len(steps) <= DEEPEST:
            _put(whole, steps, value)
    return whole


def _put(whole: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    place = whole
    for step in steps[:-1]:
        inner = place.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        place = inner
    if steps[-1]:
        place[steps[-1]] = value
    else:  # `a[]`: one more of a list
        place[str(len(place))] = value
