"""Drives a client library line by line: a call comes in as JSON, its result or its error goes out as JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any


def serve(
    perform: Callable[[str, list[Any], dict[str, Any]], Any], told: Callable[[Exception], dict[str, Any]]
) -> None:
    """Answer each line of standard input; `told` says of an exception what a merchant's code can see of it."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"result": perform(asked["method"], asked["arguments"], asked["options"])}
        except Exception as error:  # noqa: BLE001 - whatever the library raises is what the test asks about
            answer = {"error": {"kind": type(error).__name__, **told(error)}}
        print(json.dumps(answer), flush=True)
