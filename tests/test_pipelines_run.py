"""The steps of docs/ci and action.yml, run as a shell runs them, against a shop that a merchant's script starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.fixtures.deployed import PASSWORDS, Deployment, clean_environment

ROOT = Path(__file__).resolve().parent.parent
CI = ROOT / "docs" / "ci"
SUITE = (
    "conformance", "emulator", "features", "fixtures", "shop", "steps", "conftest.py", "pytest.ini", "pyproject.toml",
    "Makefile", "lock.txt", "lock-dev.txt", "docs/conformance.schema.json", "README.md",
)  # fmt: skip
"""What a checkout of the suite has that a run needs."""
LIMIT_SECONDS = 300
ONE = "--requirement=WEBHOOK-06 -k does_not_pay_the_order"
"""Enough to be red, and without a browser."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the pipelines' scripts are written for a POSIX shell")


@dataclass
class Workspace:
    """A runner's workspace: the merchant's checkout, the suite beside it, and a script that starts the shop."""

    folder: Path
    defects: Sequence[str] = ()
    deployment: Deployment = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.deployment = Deployment(self.folder)
        self.deployment.configure()
        for name in SUITE:
            source, target = ROOT / name, self.folder / "suite" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)  # compiled as it is, which a new checkout would be once
            else:
                shutil.copy2(source, target)
        self._environment(self.folder / "suite" / ".venv")

    def _environment(self, own: Path) -> None:
        """An environment of its own, with this one's packages: who makes it anew must not empty that of these tests."""
        (own / "bin").mkdir(parents=True)
        (own / "bin" / "python").symlink_to(sys.executable)
        (own / "lib").symlink_to(Path(sys.prefix) / "lib")
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", own)
        for stamp in ("run-lock.installed", "dev-lock.installed"):
            (own / stamp).touch()

    @contextmanager
    def shop(self, *defects: str) -> Iterator[None]:
        """`./start-shop` starts the shop with these faults in the background; at the end it is stopped."""
        settings = " ".join(f"{name}='{value}'" for name, value in self.deployment.settings().items())
        command = " ".join(self.deployment.command(*defects))
        script = f"#!/bin/sh\ncd {ROOT}\n{settings} {command} > {self.folder}/shop.log 2>&1 &\necho $! > {self.pid}\n"
        (self.folder / "start-shop").write_text(script, "utf-8")
        (self.folder / "start-shop").chmod(0o755)
        try:
            yield
        finally:
            with suppress(FileNotFoundError, ProcessLookupError):
                os.kill(int(self.pid.read_text()), signal.SIGTERM)

    @property
    def pid(self) -> Path:
        """Where the number of the shop's process stands."""
        return self.folder / "shop.pid"

    def run(self, script: str, environ: Mapping[str, str], *, shell: Sequence[str] = ("sh", "-e")) -> Any:
        """A script as a runner runs it, in the workspace."""
        given = {**clean_environment(), **PASSWORDS, "SHOP": self.deployment.url, "PYTEST_ADDOPTS": ONE}
        given |= {"SHOP_DATABASE": self.deployment.database.as_posix(), **environ}
        return subprocess.run(
            [*shell, "-c", script], cwd=self.folder, env=given, capture_output=True, text=True, check=False,
            timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def kept(self) -> Mapping[str, str]:
        """The verdicts of the result that the pipeline keeps."""
        document = json.loads((self.folder / "last" / "conformance.json").read_text("utf-8"))
        return {one["id"]: one["verdict"] for one in document["requirements"] if one["verdict"]}


BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
"""As GitHub's runners start it."""


def read(path: Path) -> Any:
    """What a YAML file says."""
    return YAML(typ="safe").load(path)


def github(workspace: Workspace) -> tuple[int, str]:
    """The job's steps; those of `if: always()` are run whatever became of the others."""
    job = read(CI / "github.yml")["jobs"]["conformance"]
    action = read(ROOT / "action.yml")
    files = {name: workspace.folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    code, said = 0, ""
    for step in job["steps"]:
        inputs, scripts = step.get("with", {}), [step]
        if step.get("uses") == "./suite":
            scripts = [one for one in action["runs"]["steps"] if "inputs.comment" not in one.get("if", "")]
        for one in scripts:
            when = one.get("if", "")
            wanted = [workspace.folder / name for name in re.findall(r"hashFiles\('([^']+)'\) != ''", when)]
            if "run" not in one or (code and "always()" not in when) or not all(path.exists() for path in wanted):
                continue
            given = {
                "CONFIGURATION": inputs.get("configuration", ""),
                "BASELINE": inputs.get("baseline", ""),
                "SUITE": str(workspace.folder / "suite"),
                **{name: str(path) for name, path in files.items()},
            }
            ended = workspace.run(one["run"], given, shell=BASH)
            code, said = code or ended.returncode, said + ended.stdout + ended.stderr
    return code, said


def gitlab(workspace: Workspace) -> tuple[int, str]:
    """The job's script in one shell, as GitLab's runner puts it together; then what is always run."""
    job = read(CI / "gitlab.yml")["conformance"]
    config = {"CONFORMANCE_CONFIG": str(workspace.folder / "conformance.toml")}
    ended = workspace.run("\n".join(job["script"]), config, shell=("sh", "-e"))
    after = workspace.run("\n".join(job["after_script"]), config, shell=("sh", "-e"))
    return ended.returncode, ended.stdout + ended.stderr + after.stdout + after.stderr


def jenkins(workspace: Workspace) -> tuple[int, str]:
    """Each `sh` of the stages until one fails, then those of `post`; a `dir` is the folder of those in it."""
    text = re.sub(r"(?m) // .*$", "", (CI / "Jenkinsfile").read_text("utf-8"))
    stages, _, post = text.partition("  post {")
    code, said = 0, ""
    for part, always in ((stages, False), (post, True)):
        for dir, inside, outside in re.findall(r"(?s)dir\('(\w+)'\) \{(.*?)\n\s*\}|\n\s*(sh '[^\n]*')", part):
            for script in re.findall(r"sh '([^\n]*)'", inside or outside):
                if code and not always:
                    continue
                config = {"CONFORMANCE_CONFIG": str(workspace.folder / "conformance.toml")}
                ended = workspace.run(f"cd {dir or '.'}\n{script}", config)
                code, said = code or (0 if always else ended.returncode), said + ended.stdout + ended.stderr
    return code, said


PIPELINES = {"github": github, "gitlab": gitlab, "jenkins": jenkins}


@pytest.mark.proof
@pytest.mark.parametrize("name", PIPELINES)
def test_a_red_shop_stops_a_pipeline_only_where_it_got_worse(name: str, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    with workspace.shop("compares-nothing"):
        code, said = PIPELINES[name](workspace)
    assert code == 0, said
    assert "there is no earlier run yet" in said
    red = {id for id, verdict in workspace.kept().items() if verdict == "FAIL"}
    assert "WEBHOOK-06" in red, "what is kept is the red run"
    workspace.run("sed -i s/'\"FAIL\"'/'\"PASS\"'/ last/conformance.json", {})
    with workspace.shop("compares-nothing"):
        code, said = PIPELINES[name](workspace)
    assert code == 1, said
    assert re.search(r"(?m)^worse +WEBHOOK-06 +PASS → FAIL", said)
    assert {id for id, verdict in workspace.kept().items() if verdict == "FAIL"} == red


@pytest.mark.parametrize(
    "name", ["github", *(pytest.param(one, marks=pytest.mark.proof) for one in ("gitlab", "jenkins"))]
)
def test_without_a_configuration_a_pipeline_stops_and_says_so(name: str, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    (workspace.folder / "conformance.toml").unlink()
    (workspace.folder / "start-shop").write_text("#!/bin/sh\n", "utf-8")
    (workspace.folder / "start-shop").chmod(0o755)
    (workspace.folder / "curl").write_text("#!/bin/sh\n", "utf-8")
    (workspace.folder / "curl").chmod(0o755)
    path = f"{workspace.folder}{os.pathsep}{os.environ['PATH']}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", path)
        code, said = PIPELINES[name](workspace)
    assert code == 4, said
    assert re.search(r"conformance\.toml('|:) (is no file of the workspace|No such file)", said), said
    assert not (workspace.folder / "last").exists()


def test_the_scripts_of_jenkins_are_all_found() -> None:
    """The reading of the Jenkinsfile above leaves out nothing that it runs."""
    text = (CI / "Jenkinsfile").read_text("utf-8")
    assert text.count("sh '") == 7
