"""What the strangers run on is pinned by hash, and names nobody's index or registry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.strangers.running import STRANGERS

PYTHON = sorted(STRANGERS.glob("*/requirements.txt"))
NODE = sorted(STRANGERS.glob("*/package-lock.json"))


@pytest.mark.parametrize("pins", PYTHON, ids=lambda path: path.parent.name)
def test_pip_checks_hashes_and_the_pins_name_no_index(pins: Path) -> None:
    text = pins.read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    asked = re.findall(r"(?m)^([A-Za-z0-9-]+)", pins.with_suffix(".in").read_text("utf-8"))
    assert {name.lower() for name in asked} <= {entry.partition("==")[0] for entry in entries}
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", NODE, ids=lambda path: path.parent.name)
def test_npm_checks_hashes_and_the_pins_name_no_registry(lock: Path) -> None:
    asked = json.loads((lock.parent / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    assert packages.pop("")["dependencies"] == asked
    assert {f"node_modules/{name}" for name in asked} <= set(packages)
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_each_stack_has_strangers() -> None:
    assert len(PYTHON) >= 2
    assert len(NODE) >= 4
