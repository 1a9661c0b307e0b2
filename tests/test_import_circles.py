"""Imports run downwards, which the contracts hold; no module imports one that imports it, not even for its types."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOTS = ("conformance", "emulator", "fixtures", "shop", "steps")


@pytest.mark.parametrize("within", ["conformance", "emulator", "fixtures", "shop", "steps"])
def test_no_modules_import_each_other(within: str) -> None:
    graph = grimp.build_graph(*ROOTS, cache_dir=None)
    modules = {one for one in graph.modules if f"{one}.".startswith(f"{within}.")}
    assert len(modules) > 3
    try:
        TopologicalSorter({one: graph.find_modules_directly_imported_by(one) & modules for one in modules}).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


ROOMS = (
    *(
        "cli",
        "real",
        "explore",
        "report",
        "storm",
        "acts",
        "books",
        "target",
        "browser",
        "portone",
        "merchant",
        "network",
        "settings",
    ),
    *("verdict", "record", "machine"),
)
LAYERS = {
    "emulator/portone/payments.py": "",
    "emulator/paymentwall/widget.py": "",
    "emulator/server.py": "import emulator.portone.payments, emulator.paymentwall.widget",
    "shop/server.py": "",
    **{f"conformance/{room}/__init__.py": "" for room in ROOMS},
    "emulator/control/access.py": "",
    "fixtures/targets.py": "import pytest, conformance.target.embedded",
    "conformance/merchant/protocol.py": "import conformance.verdict",
    "conformance/target/embedded.py": "import conformance.merchant.protocol, emulator.server, shop.server",
    "steps/buyer.py": "import conformance.merchant.protocol, conformance.target.embedded",
    "features/test_conformance.py": "import steps.buyer",
    "benchmarks/embedded.py": "import conformance.browser.setup",
}


def lint_imports(folder: Path, changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Holds a small tree of the project's shape against the project's own contracts."""
    for path, source in {**LAYERS, **changes}.items():
        module = folder / path
        module.parent.mkdir(parents=True, exist_ok=True)
        module.write_text(source)
        for package in module.relative_to(folder).parents[:-1]:
            (folder / package / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", folder)
    check = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", check],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_shape_of_design_keeps_the_import_contracts(tmp_path: Path) -> None:
    ended = lint_imports(tmp_path, {})
    assert ended.returncode == 0, ended.stdout
    assert "5 kept, 0 broken" in ended.stdout


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("emulator/server.py", "conformance.merchant.protocol"),
        ("emulator/server.py", "shop.server"),
        ("shop/server.py", "emulator.server"),
        ("shop/server.py", "conformance.merchant.protocol"),
        ("conformance/merchant/protocol.py", "steps.buyer"),
        ("steps/buyer.py", "features.test_conformance"),
        ("conformance/merchant/protocol.py", "fixtures.targets"),
        ("conformance/merchant/protocol.py", "conformance.target.embedded"),
        ("conformance/verdict/__init__.py", "conformance.merchant.protocol"),
        ("conformance/report/__init__.py", "conformance.real"),
        ("conformance/storm/__init__.py", "conformance.report"),
        ("conformance/books/__init__.py", "conformance.storm"),
        ("conformance/machine/__init__.py", "conformance.record"),
        ("conformance/merchant/protocol.py", "pytest"),
        ("conformance/merchant/protocol.py", "shop.server"),
        ("conformance/real/__init__.py", "emulator.server"),
        ("steps/buyer.py", "emulator.server"),
        ("features/test_conformance.py", "shop.server"),
        ("emulator/portone/payments.py", "emulator.paymentwall.widget"),
        ("emulator/paymentwall/widget.py", "emulator.portone.payments"),
    ],
)
def test_an_import_upwards_or_sideways_breaks_a_contract(tmp_path: Path, module: str, imported: str) -> None:
    ended = lint_imports(tmp_path, {module: f"import {imported}"})
    assert ended.returncode != 0, ended.stdout
    assert "BROKEN" in ended.stdout
