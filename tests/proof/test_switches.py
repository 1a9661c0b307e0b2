"""What is switched on from outside is named rightly, or refused in one line that lists what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.portone.account_defects import DEFECTS as ACCOUNT_DEFECTS
from shop.defects import DEFECTS
from shop.switches import UnknownSwitch, chosen, switched
from shop.variants import VARIANTS
from tests import forks


def all_of(known: dict[str, object]) -> str:
    """Where a reader finds all names, if none is like the one that they gave."""
    return f"choose from {', '.join(known)}" if len(known) <= 12 else "docs/proof.md tells all of them"


@pytest.mark.parametrize(
    ("option", "known"),
    [("--shop-defect", DEFECTS), ("--shop-variant", VARIANTS), ("--account-defect", ACCOUNT_DEFECTS)],
)
def test_the_suite_refuses_a_name_that_does_not_exist_in_one_line(
    option: str, known: dict[str, object], tmp_path: Path
) -> None:
    reports = (f"--alluredir={tmp_path}/allure-results", f"--junit-xml={tmp_path}/junit.xml")
    ended = forks.run("pytest", "-q", *reports, option, "xyzzy", "-m", "SETUP-01")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    [line] = [line for line in ended.stderr.splitlines() if "xyzzy" in line]
    assert f"{option} xyzzy: there is no such name" in line
    assert line.endswith(all_of(known))
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(("option", "known"), [("--defect", DEFECTS), ("--variant", VARIANTS)])
def test_the_shop_refuses_a_name_that_does_not_exist_in_one_line(option: str, known: dict[str, object]) -> None:
    keys = ("imp_code", "imp_key", "imp_secret", "channel_key", "operator_password")
    environ = {f"SHOP_{key}".upper(): "something" for key in keys}
    ended = forks.run("shop", "--port=0", option, "xyzzy", environ=environ)
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"{option} xyzzy: there is no such name")
    assert line.endswith(all_of(known))


def test_a_name_that_is_nearly_right_is_guessed() -> None:
    with pytest.raises(UnknownSwitch, match=r"did you mean asks-twice( or [a-z-]+)*\?"):
        chosen("--defect", ["ask-twice"], DEFECTS)


def test_several_are_switched_on_together_and_off_again() -> None:
    from shop import refunds, webhooks

    before = refunds.may_ask_again, webhooks.portone
    with switched(["asks-twice"], ["answers-202"]):
        assert refunds.may_ask_again is not before[0]
        assert webhooks.portone is not before[1]
    assert (refunds.may_ask_again, webhooks.portone) == before
