"""The embedded target that stories are told to, started once for this folder, without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.target.embedded import embedded
from conformance.target.options import RunOptions
from conformance.target.target import Target


@pytest.fixture(scope="session")
def shop() -> Iterator[Target]:
    with embedded(Timeline(Redaction()), RunOptions()) as target:
        target.watch()
        yield target
