"""The client libraries are pinned by hash, name nobody's registry, and say in one line why they are not there."""

import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.machine.commands import Ended
from tests.emulator.clients import environments
from tests.emulator.clients.environments import PINS, STAMP, NotInstalled, Registry, npm_folder, runner

PYPI = sorted((PINS / "pypi").glob("*.txt"))
NPM = sorted((PINS / "npm").iterdir())
NOBODY = "http://127.0.0.1:9"


# What a merchant on V2 uses stands in one environment; the folder is called by the first that it needs.
OF_V2 = {"@portone/browser-sdk", "@portone/server-sdk", "standardwebhooks"}


def test_all_are_pinned() -> None:
    assert [pins.stem for pins in PYPI] == [
        "iamport-rest-client", "iamporter", "paymentwall-python", "portone-server-sdk",
    ]  # fmt: skip
    libraries = [pins.name for pins in NPM if not pins.name.endswith("-suite")]
    assert libraries == ["iamport", "iamport-rest-client-nodejs", "iamporter", "paymentwall", "portone-server-sdk"]


def test_the_own_suites_run_on_the_same_versions() -> None:
    suites = [pins for pins in NPM if pins.name.endswith("-suite")]
    assert [pins.name for pins in suites] == ["iamport-suite", "paymentwall-suite"]
    for pins in suites:
        library = pins.name.removesuffix("-suite")
        one, other = (
            json.loads((folder / "package.json").read_text("utf-8"))["dependencies"][library]
            for folder in (pins, pins.with_name(library))
        )
        assert one == other


@pytest.mark.parametrize("pins", PYPI, ids=lambda pins: pins.stem)
def test_pip_checks_hashes_and_the_pins_name_no_index(pins: Path) -> None:
    text = pins.read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("pins", NPM, ids=lambda pins: pins.name)
def test_npm_checks_hashes_and_the_pins_name_no_registry(pins: Path) -> None:
    asked = json.loads((pins / "package.json").read_text("utf-8"))["dependencies"]
    packages: dict[str, Any] = json.loads((pins / "package-lock.json").read_text("utf-8"))["packages"]
    library = pins.name.removesuffix("-suite")
    alone = OF_V2 if library == "portone-server-sdk" else {library}
    assert packages.pop("")["dependencies"] == asked
    assert asked == {name: packages[f"node_modules/{name}"]["version"] for name in asked}
    assert asked.keys() == alone if library == pins.name else asked.keys() > alone
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize(("registry", "package"), [("pypi", "paymentwall-python"), ("npm", "paymentwall")])
def test_without_the_registry_it_is_one_line(
    registry: Registry, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_INDEX_URL", "npm_config_registry"):
        monkeypatch.setenv(name, NOBODY)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    with pytest.raises(NotInstalled) as raised:
        runner(registry, package, tmp_path / "cache")
    line = str(raised.value)
    assert re.match(rf"{package} is not installed: (pip install|npm ci) failed: .+ \(all of it: .+[.]log\)$", line)
    assert [found.suffix for found in (tmp_path / "cache" / "clients").iterdir()] == [".log"]


def test_what_was_made_from_these_pins_is_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "clients" / "pypi-paymentwall-python"
    folder.mkdir(parents=True)
    (folder / STAMP).write_bytes((PINS / "pypi" / "paymentwall-python.txt").read_bytes())
    monkeypatch.setattr("conformance.machine.commands.run", lambda *_, **__: pytest.fail("It was made again."))
    assert Path(runner("pypi", "paymentwall-python", tmp_path).command[0]).is_relative_to(folder)


def test_two_that_need_the_same_at_once_do_not_write_into_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As two stages of one stranger do, in two threads."""
    together = threading.Barrier(2, timeout=30)

    def run(_: object, *, folder: Path, **__: object) -> Ended:
        together.wait()
        (folder / "node_modules").mkdir()
        return Ended(0, "")

    monkeypatch.setattr(environments, "node_with_npm", lambda _cache: SimpleNamespace(npm=("npm",), executable="node"))
    monkeypatch.setattr("conformance.machine.commands.run", run)
    with ThreadPoolExecutor(2) as threads:
        made = [threads.submit(npm_folder, "npm-one", PINS / "npm" / "paymentwall", tmp_path) for _ in range(2)]
    modules = {one.result()[1] for one in made}
    assert modules == {tmp_path / "clients" / "npm-one" / "node_modules"}
    assert [one.name for one in (tmp_path / "clients").iterdir()] == ["npm-one"]
