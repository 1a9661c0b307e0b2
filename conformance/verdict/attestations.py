"""Attestations: what a person saw in a console that no API shows, and stands for until a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import PrivateAttr, StringConstraints, ValidationError, model_validator

from conformance.machine import whole
from conformance.machine.files import NotReadable, Strict, complaints, toml_of
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import RequirementId, catalogue
from conformance.verdict.reasons import Cause, Causes, Why, fields_of

NAME = "attestations.toml"
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


class Attestation(Strict):
    """What one requirement asks for was seen by somebody on a day; it holds until another (both in UTC).

    `evidence` is a file (a picture of the console, an e-mail), named from where the attestations lie; its SHA-256 goes
    into the reports, so that it cannot be another file later.
    """

    requirement: RequirementId
    who: Words
    when: date
    evidence: Path
    expires: date
    _sha256: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.requirement not in catalogue():
            raise ValueError(f"{self.requirement} is no requirement of the catalogue")
        if not catalogue()[self.requirement].look:
            raise ValueError(f"{self.requirement} is for the suite to show, not for a person to attest")
        if self.expires < self.when:
            raise ValueError(f"it expires on {self.expires}, before it was given on {self.when}")
        return self

    @property
    def sha256(self) -> str:
        """The hash of the evidence as it was read."""
        return self._sha256

    def holds(self, today: date) -> bool:
        """Whether it is good on that day: from the day on which it was given to the day on which it expires."""
        return self.when <= today <= self.expires

    def cause(self, kind: Why) -> Cause:
        """What a reason says of it."""
        return Cause(kind, (self.requirement,), {name: str(getattr(self, name)) for name in fields_of(kind)})


class _File(Strict):
    attestation: tuple[Attestation, ...] = ()

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        named = [one.requirement for one in self.attestation]
        if twice := sorted({id for id in named if named.count(id) > 1}):
            raise ValueError(f"more than one attestation of {', '.join(twice)}")
        return self


class AttestationsError(Exception):
    """The file cannot be used; `str()` says which file, where in it, and why, in one line."""


def read_attestations(folder: Path, named: Path | None = None) -> Mapping[str, Attestation]:
    """The attestations by requirement: of the file that is named, or of the usual one where there is one.

    Raises AttestationsError for a file, or an evidence, that cannot be read.
    """
    path = folder / (named or Path(NAME)).expanduser()
    if named is None and not path.exists():
        return {}
    try:
        told = _File.model_validate(toml_of(path))
    except NotReadable as reason:
        raise AttestationsError(str(reason)) from reason
    except ValidationError as error:
        raise AttestationsError(f"{path}: {complaints(error, _File)}") from error
    for one in told.attestation:
        one._sha256 = _hash_of(path, one)
    return {one.requirement: one for one in told.attestation}


def add(folder: Path, one: Attestation, named: Path | None = None) -> Path:
    """The file of `read_attestations`, with one attestation more at its end.

    Raises AttestationsError, and leaves the file as it was, where it cannot be read, has one of that requirement, or
    the evidence cannot be read.
    """
    known = read_attestations(folder, named if named and (folder / named.expanduser()).exists() else None)
    path = folder / (named or Path(NAME)).expanduser()
    if one.requirement in known:
        raise AttestationsError(
            f"{path}: {one.requirement} is attested already, by {known[one.requirement].who} until "
            f"{known[one.requirement].expires}; take that out first"
        )
    _hash_of(path, one)
    before = path.read_text("utf-8").rstrip() + "\n\n" if path.exists() else ""
    facts = {"requirement": one.requirement, "who": one.who, "evidence": one.evidence.as_posix()}
    texts = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in facts.items()]
    dates = [f"when = {one.when}", f"expires = {one.expires}"]
    try:
        whole.write(path, before + "\n".join(["[[attestation]]", *texts, *dates]) + "\n")
    except OSError as error:
        raise AttestationsError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _hash_of(path: Path, one: Attestation) -> str:
    evidence = path.parent / one.evidence.expanduser()
    try:
        content = evidence.read_bytes()
    except OSError as error:
        raise AttestationsError(
            f"{path}: the evidence for {one.requirement}, {evidence}, cannot be read: {error.strerror}"
        ) from error
    if not content:
        raise AttestationsError(f"{path}: the evidence for {one.requirement}, {evidence}, is empty")
    return hashlib.sha256(content).hexdigest()


def reviewed(
    known: Mapping[str, Attestation], requirements: tuple[str, ...], verdict: Verdict, causes: Causes
) -> tuple[Verdict, Causes]:
    """The verdict on what a person can see, and its causes: PASS where all these requirements are attested today.

    Else it is the given `verdict`, with its `causes`.
    """
    today = _today()
    given = [known[id] for id in requirements if id in known]
    if len(given) == len(requirements) and all(one.holds(today) for one in given):
        return Verdict.PASS, tuple(one.cause(Why.ATTESTED) for one in given)
    wrong = [one.cause(Why.EXPIRED if one.expires < today else Why.FUTURE) for one in given if not one.holds(today)]
    return verdict, (*wrong, *causes)


def _today() -> date:
    return datetime.now(UTC).date()
