"""What the examples run on is pinned by hash, and names nobody's index or registry."""

from __future__ import annotations

import json
import re

from tests.examples.running import EXAMPLES


def test_pip_checks_hashes_and_the_pins_name_no_index() -> None:
    text = (EXAMPLES / "flask" / "requirements.txt").read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert {"flask", "iamport-rest-client"} <= {entry.partition("==")[0] for entry in entries}
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_npm_checks_hashes_and_the_pins_name_no_registry() -> None:
    asked = json.loads((EXAMPLES / "express" / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((EXAMPLES / "express" / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages.pop("")["dependencies"] == asked
    assert {f"node_modules/{name}" for name in asked} <= set(packages)
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
