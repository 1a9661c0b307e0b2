"""What the examples run on is pinned by hash, and names nobody's index or registry."""

from __future__ import annotations

import json
import re
from collections.abc import Set as AbstractSet

import pytest

from tests.examples.running import EXAMPLES


@pytest.mark.parametrize(
    ("name", "asked"),
    [("flask", {"flask", "iamport-rest-client"}), ("flask_v2", {"flask", "portone-server-sdk"})],
)
def test_pip_checks_hashes_and_the_pins_name_no_index(name: str, asked: AbstractSet[str]) -> None:
    text = (EXAMPLES / name / "requirements.txt").read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert asked <= {entry.partition("==")[0] for entry in entries}
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("name", "library"), [("express", "iamport-rest-client-nodejs"), ("express_v2", "@portone/server-sdk")]
)
def test_npm_checks_hashes_and_the_pins_name_no_registry(name: str, library: str) -> None:
    asked = json.loads((EXAMPLES / name / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((EXAMPLES / name / "package-lock.json").read_text("utf-8"))["packages"]
    assert library in asked
    assert packages.pop("")["dependencies"] == asked
    assert {f"node_modules/{name}" for name in asked} <= set(packages)
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
