"""Completes Allure's results with what only the controller knows: what blocks, what was tested, who ran it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from allure_commons.model2 import Status

from conformance.machine import whole
from conformance.report.document import ConformanceDocument
from conformance.verdict.algebra import ScenarioResult, Verdict
from conformance.verdict.terms import in_words_of

_STATUSES = {Verdict.ERROR: Status.BROKEN, Verdict.FAIL: Status.FAILED, Verdict.WARN: Status.UNKNOWN}


def settle(folder: Path, settled: Sequence[ScenarioResult], api: str) -> None:
    """Rewrite the results of those scenarios in `folder` that were blocked; their titles are unique.

    Title and reason are in the words of this generation of PortOne.
    """
    say = partial(in_words_of, api)
    blocked = {say(result.title): result for result in settled if result.blocked_by or result.unless_blocked}
    if not blocked:
        return
    for path in folder.glob("*-result.json"):
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if decided := blocked.get(told["name"]):
            whole.write(path, json.dumps(_in_line(told, decided, say(decided.reason)), ensure_ascii=False))


def describe(folder: Path, document: ConformanceDocument, environ: Mapping[str, str]) -> None:
    """Write what Allure shows as environment and as executor, where there are results."""
    if not folder.is_dir():
        return
    facts = {
        "Conclusion": document.conclusion,
        "Merchant": document.merchant.name,
        "Revision": document.merchant.revision,
        "Target": document.target,
        "Stage": document.stage,
        "Profile": ", ".join(document.profile),
        "Suite": f"{document.suite.name} {document.suite.version}",
        **document.versions,
    }
    lines = [f"{name.replace(' ', '_')} = {fact}" for name, fact in facts.items() if fact]
    whole.write(folder / "environment.properties", "\n".join(lines) + "\n")
    whole.write(folder / "executor.json", json.dumps(executor(environ)))


PAGE = "conformance-attachment.html"


def attach(folder: Path, page: Path) -> None:
    """Attach the page to the report as a whole, where there are results and a page."""
    if not folder.is_dir() or not page.exists():
        return
    whole.write(folder / PAGE, page.read_bytes())
    attached = {"name": page.name, "source": PAGE, "type": "text/html"}
    whole.write(folder / "conformance-globals.json", json.dumps({"attachments": [attached]}))


def executor(environ: Mapping[str, str]) -> dict[str, str]:
    """Which pipeline ran it, by its own variables; the name of a machine is nobody's business."""
    get = environ.get
    if get("GITHUB_ACTIONS"):
        url = f"{get('GITHUB_SERVER_URL')}/{get('GITHUB_REPOSITORY')}/actions/runs/{get('GITHUB_RUN_ID')}"
        return _executor("GitHub Actions", "github", f"{get('GITHUB_WORKFLOW')} #{get('GITHUB_RUN_NUMBER')}", url)
    if get("GITLAB_CI"):
        return _executor("GitLab CI", "gitlab", f"pipeline {get('CI_PIPELINE_IID')}", get("CI_PIPELINE_URL", ""))
    if get("JENKINS_URL"):
        return _executor("Jenkins", "jenkins", f"{get('JOB_NAME')} #{get('BUILD_NUMBER')}", get("BUILD_URL", ""))
    return {"name": "By hand", "type": "local"}


def _executor(name: str, kind: str, build: str, url: str) -> dict[str, str]:
    return {"name": name, "type": kind, "buildName": build, "buildUrl": url, "reportUrl": url}


def _in_line(told: dict[str, Any], decided: ScenarioResult, reason: str) -> dict[str, Any]:
    provisional = [("verdict", Verdict.INCONCLUSIVE), ("tag", Verdict.INCONCLUSIVE)]
    labels = [
        {**label, "value": decided.verdict} if (label["name"], label["value"]) in provisional else label
        for label in told["labels"]
    ]
    status = _STATUSES.get(decided.verdict, Status.SKIPPED)
    message = f"{decided.verdict}: {reason}" if status == Status.SKIPPED else reason
    return {**told, "status": status, "statusDetails": {"message": message}, "labels": labels}
