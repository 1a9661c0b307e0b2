"""What the embedded run costs: the suite beside a bare script that makes the same journeys and requests, in turn.

Run it with `python -m benchmarks.embedded`; it prints each figure with its target. Quote ratios, not seconds: targets
in milliseconds hold for a machine on which the script makes a journey in 280 ms, and are scaled to this one. With
`--generations` a run on PortOne V2 stands beside one on V1, instead of the script.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

import typer

from benchmarks import IMPORTED_EARLY
from benchmarks.bare import PLAYED
from conformance.verdict.catalogue import Api

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 300
JOURNEY_MS = 280.0
"""What a bare journey through the widget's iframe took on the machine that the targets were set for."""


def suite(folder: Path, api: Api = Api.V1) -> list[dict[str, Any]]:
    """The phases of one embedded run of the scenarios that the bare script plays, on a generation of PortOne."""
    durations = folder / "durations.json"
    reports = [f"--alluredir={folder}/allure-results", f"--junit-xml={folder}/junit.xml"]
    command = [sys.executable, "-m", "pytest", "-q", *IMPORTED_EARLY, "-p", "benchmarks.durations", f"--api={api}"]
    command += reports
    environment = {**os.environ, "DURATIONS": str(durations), "SCENARIOS": json.dumps(PLAYED)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_SECONDS)
    phases: list[dict[str, Any]] = json.loads(durations.read_text("utf-8"))
    if (played := sum(phase["when"] == "call" for phase in phases)) != len(PLAYED):
        raise SystemExit(f"The script plays {len(PLAYED)} scenarios, and the suite has {played} of these titles.")
    return phases


def start_up_apart(phases: list[dict[str, Any]]) -> float:
    """The seconds of all phases but those in which target and browser are started and stopped."""
    setups = [phase for phase in phases if phase["when"] == "setup"]
    first = setups[0]
    first_in_browser = next(phase for phase in setups if phase["browser"])
    session = [first, first_in_browser, phases[-1]]
    return sum(float(phase["seconds"]) for phase in phases if phase not in session)


def per_scenario(phases: list[dict[str, Any]], *, browser: bool) -> float:
    """The median of a scenario's own steps, in milliseconds."""
    return 1000 * median(float(p["seconds"]) for p in phases if p["when"] == "call" and p["browser"] is browser)


def bare() -> tuple[float, float]:
    """The seconds of the bare script, start-up apart, and of one of its journeys through the widget's iframe."""
    command = [sys.executable, "-m", "benchmarks.bare"]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    plain, browser, journey = map(float, ended.stdout.split())
    return plain + browser, journey


def of_generations(folder: Path) -> tuple[float, float]:
    """What a run on V2 takes of one on V1: in seconds of the scenarios that passed on both, and of the processor."""
    phases, computed = {}, {}
    for api in Api:
        before = _computed()
        phases[api] = suite(folder, api)
        computed[api] = _computed() - before
    passed = [{one["nodeid"] for one in own if one["when"] == "call" and one["passed"]} for own in phases.values()]
    alike = set.intersection(*passed)
    took = {api: start_up_apart([one for one in own if one["nodeid"] in alike]) for api, own in phases.items()}
    return took[Api.V2] / took[Api.V1], computed[Api.V2] / computed[Api.V1]


def _computed() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(rounds: int = 5, generations: bool = False) -> None:
    """Run both in turn, and print medians and the ratio of each pair."""
    if generations:
        with tempfile.TemporaryDirectory() as folder:
            pairs = [of_generations(Path(folder)) for _ in range(rounds)]
        _row("V2 / V1, seconds", [seconds for seconds, _ in pairs], 1.1, "")
        _row("V2 / V1, processor seconds", [computed for _, computed in pairs], 1.1, "")
        return
    ratios, plain, browser, journeys = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for round in range(rounds):
            phases, (script, journey) = suite(Path(folder)), bare()
            ratios.append(start_up_apart(phases) / script)
            plain.append(per_scenario(phases, browser=False))
            browser.append(per_scenario(phases, browser=True))
            journeys.append(1000 * journey)
            print(f"round {round + 1}: suite {start_up_apart(phases):.2f} s, bare script {script:.2f} s", flush=True)
    slower = median(journeys) / JOURNEY_MS
    print(f"a bare journey takes {median(journeys):.0f} ms, {slower:.2f} times the {JOURNEY_MS:g} ms of the targets")
    _row("suite / bare script", ratios, 1.2, "")
    _row("scenario without a browser", plain, 40 * slower, " ms")
    _row("scenario with a browser", browser, 400 * slower, " ms")


def _row(name: str, figures: list[float], target: float, unit: str) -> None:
    figure = median(figures)
    verdict = "holds" if figure <= target else "MISSED"
    spread = f"{min(figures):.2f} to {max(figures):.2f}"
    print(f"{name:<28}{figure:8.2f}{unit:<3}  ({spread})  target at most {target:.3g}{unit}: {verdict}")


if __name__ == "__main__":
    typer.run(main)
