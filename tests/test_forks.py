"""What is forked behaves as a new Python does, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from conformance.machine.settling import eventually
from tests import forks

TOLD = """
import os, sys
print("out", sys.argv[1:], os.getcwd(), os.environ.get("GIVEN"), os.environ.get("HOME"))
print("err", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""
WAITS = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(params=[True, False], ids=["forked", "new"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a fork, and where there is none."""
    if request.param and not hasattr(os, "fork"):
        pytest.skip("there is no fork on this system")
    monkeypatch.setattr(forks, "_BY_FORK", request.param)


def module(folder: Path, text: str) -> str:
    (folder / "told.py").write_text(text, "utf-8")
    return "told"


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.usefixtures("either")
def test_it_has_its_arguments_its_folder_and_exactly_its_environment(tmp_path: Path) -> None:
    ended = forks.run(module(tmp_path, TOLD), "3", "b", folder=tmp_path, environ={"GIVEN": "this"})
    assert ended.returncode == 3
    assert ended.stdout == f"out ['3', 'b'] {tmp_path} this None\n"
    assert ended.stderr == "err\n"


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("import sys; sys.exit('It cannot be.')", 1, "It cannot be.\n"),
        ("raise ValueError('broken')", 1, "ValueError: broken\n"),
        ("import atexit; atexit.register(print, 'at the end')", 0, "at the end\n"),
        (
            "import threading, time; threading.Thread(target=lambda: (time.sleep(0.05), print('after all'))).start()",
            0,
            "after all\n",
        ),
        ("import signal, os; os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT, "KeyboardInterrupt\n"),
        ("import signal, os; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
    ],
)
def test_it_ends_as_python_ends(text: str, status: int, said: str, tmp_path: Path) -> None:
    ended = forks.run(module(tmp_path, text), folder=tmp_path)
    assert ended.returncode == status, ended.output
    assert ended.output.endswith(said)


@pytest.mark.usefixtures("either")
def test_it_is_read_while_it_runs_and_ended_by_a_signal(tmp_path: Path) -> None:
    with forks.start(module(tmp_path, WAITS), folder=tmp_path) as running:
        assert running.stdout is not None
        child = int(running.stdout.readline())
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        os.kill(child, signal.SIGTERM)
        assert running.wait(30) == -signal.SIGTERM


def test_at_its_limit_it_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    told = WAITS.replace("print(child.pid, flush=True)", f"open({str(out)!r}, 'w').write(str(child.pid))")
    with pytest.raises(subprocess.TimeoutExpired):
        forks.run(module(tmp_path, told), folder=tmp_path, limit_seconds=2)
    child = int(out.read_text("utf-8"))
    assert eventually(lambda: is_there(child), lambda there: not there, limit_seconds=10) is False


def test_nothing_of_one_is_seen_by_the_next(tmp_path: Path) -> None:
    sets = module(tmp_path, "import emulator, sys; emulator.left = 1; sys.path.append('/left')")
    assert forks.run(sets, folder=tmp_path).returncode == 0
    sees = module(tmp_path, "import emulator, sys; print(hasattr(emulator, 'left'), '/left' in sys.path)")
    assert forks.run(sees, folder=tmp_path).stdout == "False False\n"


def test_in_a_copy_of_the_project_its_own_modules_are_imported(tmp_path: Path) -> None:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "__init__.py").write_text("NAME = 'the copy'\n", "utf-8")
    assert forks.run(module(tmp_path, "import fixtures; print(fixtures.NAME)"), folder=tmp_path).stdout == "the copy\n"
