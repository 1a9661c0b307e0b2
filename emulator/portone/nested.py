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
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return found


def _spelt(body: Mapping[str, Any], name: str) -> Any:
    """`name[0][b]=c` and the like as objects and lists in a list."""
    whole: dict[str, Any] = {}
    for key, value in body.items():
        steps = _STEP.findall(key)
        if key.partition("[")[0] == name and steps and len(steps) <= DEEPEST:
            _put(whole, steps, value)
    return _numbered(whole)


def _put(whole: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    place = whole
    for step in steps[:-1]:
        place = place.setdefault(step or "0", {})
        if not isinstance(place, dict):
            return
    if steps[-1]:
        place[steps[-1]] = value
    else:  # `a[]`: all of a list
        values = value if isinstance(value, list) else [value]
        place.update((str(number), one) for number, one in enumerate(values))


def _numbered(found: Any) -> Any:
    """An object whose names are numbers as the list that is meant."""
    if not isinstance(found, dict):
        return found
    inner = {name: _numbered(one) for name, one in found.items()}
    return list(inner.values()) if all(map(str.isdecimal, inner)) else inner
