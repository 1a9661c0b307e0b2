"""An example merchant in a process of its own, and runs of the suite against it with its own conformance.toml."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.machine.settling import eventually
from conformance.settings.conformance_toml import EmulatorSettings
from emulator import defaults
from emulator.certificates import certificates_in
from tests.emulator.clients.environments import npm_folder, virtual_environment
from tests.fixtures.deployed import PASSWORDS, ROOT, Deployment, Ended, answers, clean_environment
from tests.ports import free_ports

EXAMPLES = ROOT / "examples"
PATIENCE_SECONDS = 2
START_SECONDS = 60


@dataclass(frozen=True)
class Starting:
    """How an example is started in its folder, and what its environment says besides."""

    command: Sequence[str | Path]
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Example:
    """One of the examples, with a folder for what a run writes and ports of its own."""

    name: str
    folder: Path
    ports: Sequence[int]

    @classmethod
    def of(cls, name: str, folder: Path) -> Example:
        """The example of that name."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(name, folder, free_ports(6))

    @property
    def config(self) -> Path:
        """Its own settings, as they stand beside it."""
        return EXAMPLES / self.name / "conformance.toml"

    @property
    def certificates(self) -> Path:
        """Where the authority is kept that its server trusts."""
        return self.folder / "certificates"

    @contextmanager
    def merchant(self, defect: str = "", **more: str) -> Iterator[None]:
        """The merchant, answering; with one of its defects planted, and `more` of its environment."""
        authority = certificates_in(self.certificates).ca_file
        started = _STARTING[self.name](self)
        environ = {
            **clean_environment(),
            "PORT": str(self.ports[0]),
            "PORTONE_API_SECRET": str(EmulatorSettings().imp_secret),
            "SHOP_OPERATOR_PASSWORD": PASSWORDS["OPERATOR_PASSWORD"],
            "SHOP_DATABASE": str(self.folder / "shop.data"),
            "SHOP_DEFECT": defect,
            **{name: value.format(authority=authority) for name, value in started.environ.items()},
            **more,
        }
        told = self.folder / "merchant.log"
        with told.open("w") as log:
            process = subprocess.Popen(
                [*map(str, started.command)],
                cwd=EXAMPLES / self.name,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                open_now = eventually(
                    lambda: process.poll() is not None or answers(self.ports[0]), bool, limit_seconds=START_SECONDS
                )
                assert open_now, told.read_text("utf-8")
                assert process.poll() is None, told.read_text("utf-8")
                yield
            finally:
                _end(process)

    def run(self, *arguments: str) -> Ended:
        """Run the suite against it; its file stays as it is, and the environment gives the ports."""
        merchant, plain, tls, receiver, browser, server = self.ports
        settings = {
            "MERCHANT__BASE_URL": f"http://127.0.0.1:{merchant}",
            "EMULATOR__PORT": plain,
            "EMULATOR__TLS_PORT": tls,
            "EMULATOR__CERTIFICATES": self.certificates,
            "RECEIVER__PORT": receiver,
            "GATEWAY__PORT": browser,
            **({"SERVER_GATEWAY__PORT": server} if "[server_gateway]" in self.config.read_text("utf-8") else {}),
        }
        environ = {f"CONFORMANCE_{name}": str(value) for name, value in settings.items()}
        environ["SHOP_OPERATOR_PASSWORD"] = PASSWORDS["OPERATOR_PASSWORD"]
        return Deployment(self.folder).run(
            f"--config={self.config}", "--limit=10", "--limit-scale=0.2", *arguments, environ=environ
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with its children: PHP's workers outlive the process that made them."""
    if sys.platform == "win32":
        process.terminate()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    process.wait(10)


def _express(example: Example) -> Starting:
    node, modules = npm_folder("npm-example-express", EXAMPLES / "express")
    return Starting(
        (node, "shop.js"),
        {
            "NODE_PATH": str(modules),
            "NODE_NO_WARNINGS": "1",
            "HTTPS_PROXY": _gateway(example),  # axios asks it in clear, for https: too
            "PORTONE_PATIENCE_MS": str(PATIENCE_SECONDS * 1000),
        },
    )


def _flask(example: Example) -> Starting:
    python = virtual_environment("pypi-example-flask", EXAMPLES / "flask" / "requirements.txt")
    return Starting(
        (python, "shop.py"),
        {
            "HTTPS_PROXY": _gateway(example),  # requests opens tunnels, and checks certificates
            "REQUESTS_CA_BUNDLE": "{authority}",
            "PORTONE_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
        },
    )


def _php(example: Example) -> Starting:
    php = shutil.which("php")
    if php is None:
        pytest.skip("php is not installed here; Debian, Ubuntu: apt-get install php-cli")
    return Starting(
        (php, "-S", f"127.0.0.1:{example.ports[0]}", "shop.php"),
        {
            "PORTONE_API_URL": f"http://127.0.0.1:{example.ports[1]}",
            "PORTONE_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
            "PHP_CLI_SERVER_WORKERS": "4",
        },
    )


def _express_v2(example: Example) -> Starting:
    node, modules = npm_folder("npm-example-express-v2", EXAMPLES / "express_v2")
    return Starting(
        (node, "shop.js"),
        {
            "NODE_PATH": str(modules),
            "NODE_NO_WARNINGS": "1",
            "PORTONE_API_URL": f"http://127.0.0.1:{example.ports[1]}",  # Node's fetch asks no proxy
            "PORTONE_PATIENCE_MS": str(PATIENCE_SECONDS * 1000),
            **KEYS_OF_V2,
        },
    )


def _flask_v2(example: Example) -> Starting:
    python = virtual_environment("pypi-example-flask-v2", EXAMPLES / "flask_v2" / "requirements.txt")
    return Starting(
        (python, "shop.py"),
        {
            "HTTPS_PROXY": _gateway(example),  # httpx opens tunnels, and checks certificates
            "SSL_CERT_FILE": "{authority}",
            "PORTONE_PATIENCE_SECONDS": str(PATIENCE_SECONDS),
            **KEYS_OF_V2,
        },
    )


def _gateway(example: Example) -> str:
    return f"http://127.0.0.1:{example.ports[5]}"


KEYS_OF_V2 = {
    "PORTONE_API_SECRET": defaults.API_SECRET,
    "PORTONE_WEBHOOK_SECRETS": f"{defaults.WEBHOOK_SECRETS['test']} whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBlbXVsYXRvcg==",
}
_STARTING = {"express": _express, "express_v2": _express_v2, "flask": _flask, "flask_v2": _flask_v2, "php": _php}
