"""The Dockerfile and the composition: linted; the steps of the Dockerfile executed in order where no image is built."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from conformance.settings.conformance_toml import EmulatorSettings, read_settings

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "examples" / "compose" / "compose.yaml"
LIMIT_SECONDS = 1500
PASSED_ON = ("PIP_", "SSL_", "REQUESTS_", "NODE_EXTRA_CA_CERTS", "http_proxy", "https_proxy")
"""What a machine needs of its environment so that packages are found."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction of a Dockerfile with its arguments, continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word]


@dataclass
class Image:
    """A root file system on which the instructions are executed, one after the other."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def execute(self, word: str, rest: str) -> None:
        """One instruction."""
        match word:
            case "FROM":
                self._begin(rest)
            case "RUN":
                ended = self.run(["/bin/sh", "-c", rest])
                assert ended.returncode == 0, f"{rest}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
            case "ENV":
                self.environ |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            case "WORKDIR":
                self.folder = rest
                (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(*rest.split())
            case "USER":
                self.user = rest
            case "ENTRYPOINT":
                self.entrypoint = json.loads(rest)
            case "CMD":
                self.command = json.loads(rest)
            case "VOLUME":
                assert (self.root / rest.lstrip("/")).is_dir()
            case _:
                raise AssertionError(f"{word}: nothing executes this instruction here")

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A command in it, by its user, with mounts that end with it."""
        given = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        given |= {"PATH": os.environ["PATH"], "HOME": "/root" if self.user == "root" else "/home/conformance"}
        inside = shlex.join(["env", f"--chdir={self.folder}", *command])
        by = [] if self.user == "root" else [f"--userspec={self.user}"]
        mounts = [f"mount --rbind {place} {self.root}{place}" for place in ("/proc", "/sys", "/dev", *local_packages())]
        script = "; ".join([*mounts, f"exec chroot {' '.join(by)} {self.root} {inside}"])
        return subprocess.run(
            ["unshare", "--mount", "--", "sh", "-ec", script], env={**given, **self.environ}, capture_output=True,
            text=True, timeout=LIMIT_SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def _begin(self, name: str) -> None:
        release = re.fullmatch(r"debian:(\w+)-slim", name)
        assert release, f"{name}: only a slim Debian is made here"
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", release[1], str(self.root), *mirror()],
            capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
        for own in ("etc/apt", "etc/ssl/certs", "etc/pip.conf", "etc/resolv.conf"):  # how this machine finds packages
            source, target = Path("/") / own, self.root / own
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True, symlinks=False, ignore_dangling_symlinks=True)
            elif source.is_file():
                target.unlink(missing_ok=True)
                shutil.copy(source, target)
        for place in local_packages():
            (self.root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        authorities = Path("/etc/ssl/certs/ca-certificates.crt")
        if authorities.is_file():  # this machine's, when the package comes that has the usual ones
            kept = self.root / "usr" / "local" / "share" / "ca-certificates"
            kept.mkdir(parents=True, exist_ok=True)
            shutil.copy(authorities, kept / "machine.crt")

    def _copy(self, source: str, target: str) -> None:
        assert source == "."
        ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
        names = [name.removeprefix("**/") for name in ignored]
        shutil.copytree(ROOT, self.root / target.lstrip("/"), ignore=shutil.ignore_patterns(*names), symlinks=True)


def local_packages() -> list[str]:
    """The folders of this machine from which its pip installs, if any."""
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    words = f"{told.stdout} {os.environ.get('PIP_FIND_LINKS', '')}"
    return sorted(
        {place for place in re.findall(r"(/[\w./-]+)", words) if place.count("/") > 1 and Path(place).is_dir()}
    )


def mirror() -> list[str]:
    """The address from which this machine's apt takes Debian's packages; none where it is the usual one."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)"], capture_output=True, text=True, check=False
    )
    return [line for line in told.stdout.splitlines() if line.rstrip("/").endswith("/debian")][:1]


def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_every_instruction_can_be_executed_here() -> None:
    known = {"FROM", "RUN", "ENV", "WORKDIR", "COPY", "USER", "ENTRYPOINT", "CMD", "VOLUME"}
    words = [word for word, _ in instructions(DOCKERFILE.read_text("utf-8"))]
    assert set(words) <= known
    assert words.index("USER") > max(at for at, word in enumerate(words) if word == "RUN"), (
        "it is not root's at the end"
    )


def test_the_composition_has_the_keys_of_the_emulator_and_one_loopback() -> None:
    services: Any = YAML(typ="safe").load(COMPOSE)["services"]
    keys, shop = EmulatorSettings(), services["shop"]["environment"]
    assert (shop["SHOP_IMP_CODE"], shop["SHOP_IMP_KEY"]) == (keys.imp_code, keys.imp_key)
    assert (shop["SHOP_IMP_SECRET"], shop["SHOP_CHANNEL_KEY"]) == (str(keys.imp_secret), keys.channel_key)
    assert f"http://127.0.0.1:{keys.port}" in services["shop"]["entrypoint"]
    assert services["conformance"]["network_mode"] == "service:shop"
    settings = read_settings(COMPOSE.with_name("conformance.toml"))
    assert settings.merchant
    assert settings.merchant.base_url.endswith(services["shop"]["entrypoint"][4])


@pytest.mark.proof
@pytest.mark.skipif(
    not (shutil.which("debootstrap") and shutil.which("unshare") and hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="a root file system is made by root, with Debian's debootstrap",
)
def test_the_steps_of_the_dockerfile_end_in_a_verdict(tmp_path: Path) -> None:
    image = Image(tmp_path / "root")
    for word, rest in instructions(DOCKERFILE.read_text("utf-8")):
        image.execute(word, rest)
    ended = image.run(
        [*image.entrypoint, *image.command, "--requirement", "WEBHOOK-07", "--requirement", "CHECKOUT-01"]
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    reports = image.root / "work" / "reports"
    document = json.loads((reports / "conformance.json").read_text("utf-8"))
    verdicts = {one["id"]: one["verdict"] for one in document["requirements"] if one["verdict"]}
    assert verdicts == {"WEBHOOK-07": "PASS", "CHECKOUT-01": "PASS"}
    assert (reports / "conformance.json").stat().st_uid == 1000
    rendered = image.run([*image.entrypoint, "report", "--html"])
    assert rendered.returncode == 0, rendered.stderr
    assert (reports / "allure-report" / "index.html").is_file()
