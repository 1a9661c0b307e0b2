"""Finishes the scenarios of an earlier run that waited for results, and writes that run's reports anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.machine import interrupts, pytests
from conformance.machine.places import COMMAND, ROOT
from conformance.real.account import ledger_of, name_of, path_of, portone_of
from conformance.real.ledger import is_kept
from conformance.report import merging
from conformance.report.comparing import DocumentNotReadable, read_document
from conformance.settings.conformance_toml import CONFIG_VARIABLE, Settings, SettingsError, settings_of
from conformance.target.waits import REPORTS, Waits, WaitsError, beside, fingerprint, folder_of, read_waits, runs_in
from conformance.verdict.algebra import ExitCode

_FINISHED, _WHOLE = "finished", "whole"


class CannotResume(Exception):
    """The run cannot go on; `str()` says why, and what to do, in one line."""


@dataclass(frozen=True)
class Resumed:
    """How it went: the code that the whole run ends with, and what to tell a person."""

    code: int
    told: Sequence[str] = ()


def resume(named: str | None, config: str | None, folder: Path) -> Resumed:
    """Run what waits of a run (default: the last of which something does) to its end, as far as that has come.

    `folder` is where the settings are looked for. Raises CannotResume.
    """
    named_config = config or os.environ.get(CONFIG_VARIABLE)
    try:
        settings = settings_of(named_config, folder)
        waits = _waits(named, settings)
        settings = settings.speaking(waits.record.api)
    except (SettingsError, WaitsError) as reason:
        raise CannotResume(str(reason)) from reason
    record = waits.record
    if fingerprint(settings, record.target, record.stage) != record.fingerprint:
        raise CannotResume(
            f"Run {record.run} was made with another account or merchant than {named_config or 'the settings'} names "
            "now: give its settings with --config=FILE, or run again"
        )
    later = waits.folder / _FINISHED
    shutil.rmtree(later, ignore_errors=True)
    code = _run(waits, later, named_config, folder)
    if code not in (ExitCode.OK, ExitCode.RED):
        return Resumed(code, [f"Nothing was changed in the reports of run {record.run}."])
    joined = _joined(waits, later)
    if joined.code == ExitCode.OK and money_is_out(settings):
        told = f"Real money is outstanding: `{COMMAND} outstanding` lists it."
        return Resumed(ExitCode.RED, [*joined.told, told])
    return joined


def money_is_out(settings: Settings) -> bool:
    """Whether the ledger has charges at this account that have not come back. Raises CannotResume."""
    try:
        portone = portone_of(settings)
        if portone is None or not is_kept(path_of(settings)):
            return False
        ledger = ledger_of(settings, None)
    except SettingsError as reason:
        raise CannotResume(str(reason)) from reason
    try:
        return any(charge.account == name_of(portone, settings.api) for charge in ledger.outstanding())
    finally:
        ledger.close()


def _waits(named: str | None, settings: Settings) -> Waits:
    runs = runs_in(folder_of(settings))
    if not runs:
        raise CannotResume(f"Nothing waits: there is no run in {folder_of(settings)} (waits.folder)")
    if named is not None and named not in runs:
        raise CannotResume(f"Nothing waits of run {named}; runs that wait: {', '.join(runs)}")
    return read_waits(folder_of(settings) / (named or runs[-1]))


def _run(waits: Waits, later: Path, config: str | None, folder: Path) -> int:
    """The scenarios that wait, in a process of their own, as pytest runs all others; its exit code."""
    record = waits.record
    return pytests.run(
        [
            *(ROOT / nodeid for nodeid in record.waits),
            *(
                f"--resume={record.run}",
                f"--target={record.target}",
                f"--stage={record.stage}",
                f"--api={record.api}",
                *record.arguments,
            ),
            *(f"--junit-xml={later / 'junit.xml'}", f"--alluredir={later / 'allure-results'}"),
            *([f"--config={config}"] if config else []),
        ],
        folder,
    )


@interrupts.deferred()
def _joined(waits: Waits, later: Path) -> Resumed:
    """Write the reports, and keep them with what waits still; forget the run where nothing does."""
    whole = waits.folder / _WHOLE
    base, reports = waits.folder / REPORTS, waits.record.reports
    shutil.rmtree(whole, ignore_errors=True)
    try:
        document, code = merging.finish(base, later, whole)
        into = reports if _is_the_same(base, reports) else beside(reports, waits.record.run)
        shutil.copytree(whole, into, dirs_exist_ok=True)
        waiting = read_waits(waits.folder).record.waits
        told = [f"{document.conclusion}  {document.scope.ran} of {document.scope.known} scenarios; {into}"]
        if waiting:
            shutil.rmtree(base)
            whole.rename(base)
            told.append(f"Results still waited for: {len(waiting)}")
        else:
            shutil.rmtree(waits.folder)
    except (merging.NotMergeable, WaitsError) as reason:
        raise CannotResume(str(reason)) from reason
    except OSError as error:
        raise CannotResume(f"{error.filename or reports}: {error.strerror or error}") from error
    return Resumed(code, told)


def _is_the_same(base: Path, reports: Path) -> bool:
    """Whether the reports' folder still has this run's, or none: a later run's are not overwritten."""
    if not (reports / "conformance.json").exists():
        return True
    try:
        return read_document(reports).started == read_document(base).started
    except DocumentNotReadable:
        return False
