"""The first command works on a machine with Python and make alone: what is missing is installed, or named in one line."""

from __future__ import annotations

from importlib.metadata import metadata

from packaging.specifiers import SpecifierSet

from tests.test_tooling import PROJECT, ROOT, pins


def test_each_pinned_package_takes_the_first_release_of_the_oldest_python() -> None:
    """Debian 12 stays with Python 3.11.2 for good: one package that wants 3.11.5 leaves it with none."""
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=") + ".0"
    names = pins(ROOT / "lock-dev.txt")
    asked = {name: metadata(name).get("Requires-Python", "") for name in names}
    assert len(asked) > 50
    assert {name: python for name, python in asked.items() if oldest not in SpecifierSet(python or "")} == {}
