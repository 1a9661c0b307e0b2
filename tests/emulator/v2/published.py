"""PortOne's own description of V2, as far as a Paymentwall merchant meets it, and what an answer has otherwise.

Source: `published.json`, which `condense.py` makes of the published file.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator

WHOLE: dict[str, Any] = json.loads(Path(__file__).with_name("published.json").read_text("utf-8"))
CALLS: Iterable[str] = tuple(WHOLE["answers"])


@cache
def _schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/$defs/{name}", "$defs": WHOLE["$defs"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def wrong(call: str, answer: httpx.Response) -> list[str]:
    """What an answer to this call has that PortOne does not publish so; empty where it has nothing."""
    if answer.status_code != 200:
        kind = answer.json().get("type")
        known = WHOLE["errors"][call].get(str(answer.status_code), [])
        return [] if kind in known else [f"HTTP {answer.status_code} with {kind} is not published"]
    problems = _schema(WHOLE["answers"][call]).iter_errors(answer.json())
    return [f"{one.json_path}: {[inner.message for inner in one.context or ()] or one.message}" for one in problems]
