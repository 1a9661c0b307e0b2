"""The project installs as any other: its wheel has all that a run needs, and the command works from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.forks import ROOT

INSTALLED = ("conformance", "emulator", "features", "fixtures", "shop", "steps")
LIMIT_SECONDS = 900


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as hatchling builds it here, which needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    ended = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_has_every_file_of_its_packages_and_no_other(wheel: Path) -> None:
    found = (path for name in INSTALLED for path in (ROOT / name).rglob("*"))
    ours = {path.relative_to(ROOT).as_posix() for path in found if path.is_file() and path.suffix != ".pyc"}
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == ours | {"features/conftest.py", "features/pytest.ini"}
    kinds = {Path(name).suffix for name in packed}
    assert kinds >= {".feature", ".toml", ".jinja", ".html", ".js", ".css", ".json", ".mjs", ".txt"}


@pytest.mark.parametrize("name", ["conftest.py", "pytest.ini"])
def test_what_leads_pytest_lies_beside_the_features_as_it_is_in_the_checkout(wheel: Path, name: str) -> None:
    assert ZipFile(wheel).read(f"features/{name}") == (ROOT / name).read_bytes()


@pytest.mark.parametrize("package", INSTALLED)
def test_its_types_are_for_those_who_import_it(wheel: Path, package: str) -> None:
    assert f"{package}/py.typed" in ZipFile(wheel).namelist()


@pytest.mark.proof
def test_installed_the_command_works_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    environment, folder = tmp_path / "environment", tmp_path / "empty"
    venv.create(environment, with_pip=True)
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    folder.mkdir()

    def said(*command: str | Path, code: int = 0) -> str:
        words = [str(word) for word in command]
        ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    said(programs / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel)
    conformance = programs / "conformance"
    assert "Run `conformance run` first" in said(conformance, "report", code=2)
    assert "NOT DECIDED" in said(conformance, "run", "--requirement", "WEBHOOK-07")
    assert {"conformance.html", "conformance.json", "junit.xml"} <= {one.name for one in (folder / "reports").iterdir()}
    explained = said(conformance, "explain", "WEBHOOK-07")
    assert "conformance run --shop-defect believes-whose-payment-it-is" in explained
    assert "make conformance" not in explained
    assert "WEBHOOK-07" in said(conformance, "requirements", "WEBHOOK")
    assert "WEBHOOK-07" in said(conformance, "report")
    assert "run: conformance check" in said(conformance, "init")
    settings = (folder / "conformance.toml").read_text("utf-8")
    assert "conformance check" in settings
    assert "python -m" not in settings
    assert "Preflight failed (merchant)" in said(conformance, "check", code=1)
    if shutil.which("npm"):
        said(conformance, "report", "--html")
        assert (folder / "reports" / "allure-report" / "index.html").is_file()
    assert {one.name for one in folder.iterdir()} == {"conformance.toml", "reports"}


@pytest.mark.proof
@pytest.mark.parametrize(("package", "words"), [("uv", ("uvx", "--from")), ("pipx", ("pipx", "run", "--spec"))])
def test_without_an_installation_it_comes_to_a_verdict_in_an_empty_folder(
    package: str, words: tuple[str, ...], wheel: Path, tmp_path: Path
) -> None:
    """Nothing is kept: the program makes an environment of its own, in a folder of this test."""
    program, *options = words
    found = shutil.which(program) or had(package, program, tmp_path / "tools")
    homes = {"UV_CACHE_DIR": "uv", "PIPX_HOME": "pipx", "XDG_CACHE_HOME": "cache"}
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = {**os.environ, **{name: str(tmp_path / home) for name, home in homes.items()}}

    def said(*command: str) -> str:
        ended = subprocess.run(
            [found, *options, str(wheel), "conformance", *command],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    told = said("run", "--requirement", "CHECKOUT-01", "--requirement", "WEBHOOK-07")
    assert "NOT DECIDED  target embedded" in told
    assert "4 passed" in told
    assert {"conformance.html", "conformance.json", "junit.xml"} <= {one.name for one in (folder / "reports").iterdir()}
    assert "conformance check --config=conformance.toml" in said("init", "--minimal")
    assert {one.name for one in folder.iterdir()} == {"conformance.toml", "reports"}


def had(package: str, program: str, folder: Path) -> str:
    """A program of PyPI, in an environment of its own. Skips where pip cannot get it: this machine has no network."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    install = [str(programs / "python"), "-m", "pip", "install", "--quiet", package]
    ended = subprocess.run(install, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    if ended.returncode != 0:
        pytest.skip(f"{program} is not installed, and pip cannot get it: {ended.stderr.strip().splitlines()[-1]}")
    return str(programs / program)
