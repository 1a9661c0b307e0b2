"""What the suite says of a stranger is what is right for it, no more and no less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.depth import WHOLE
from tests.emulator.clients.environments import NotInstalled
from tests.strangers.running import NotStarted, run, strangers
from tests.strangers.table import table

CHOSEN: Mapping[str, Sequence[str]] = {
    "leafy": ("CHECKOUT-01", "CHECKOUT-06", "CHECKOUT-09", "CHECKOUT-10", "WEBHOOK-01", "WEBHOOK-21", "CANCEL-02"),
    "posters": ("CHECKOUT-05", "CHECKOUT-09", "WEBHOOK-06", "WEBHOOK-11"),
    "classes": ("CHECKOUT-06", "WEBHOOK-01", "WEBHOOK-06", "WEBHOOK-13", "WEBHOOK-21", "CANCEL-14", "CANCEL-17"),
}
"""Three in three stacks, on what they are about; `make proof` runs all of them in whole."""


CASES = [(one.name, stage, ()) for one in strangers().values() for stage in one.truths]
BRIEFLY = [(name, "", requirements) for name, requirements in CHOSEN.items()]


@pytest.mark.deeper
@pytest.mark.parametrize(("name", "stage", "requirements"), CASES if WHOLE else BRIEFLY)
def test_the_suite_says_what_is_right(name: str, stage: str, requirements: Sequence[str], tmp_path: Path) -> None:
    try:
        ended = run(strangers()[name], tmp_path / "run", *_briefly(requirements), stage=stage)
    except (NotStarted, NotInstalled) as error:
        pytest.skip(str(error))
    assert ended.verdicts, ended.output
    assert not ended.differences(requirements), table([ended], requirements)


def _briefly(requirements: Sequence[str]) -> Sequence[str]:
    """Of what is wrong no more than until it is found."""
    if not requirements:
        return ()
    chosen = (f"--requirement={id}" for id in requirements)
    return "-p", "tests.proof.first_rows", f"--in-full={','.join(requirements)}", *chosen
