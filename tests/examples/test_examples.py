"""The example merchants are conformant, in three ways of reaching PortOne, and the faults planted in them are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from conformance.target.rows import LIMITS
from tests.examples.running import Example
from tests.fixtures.deployed import Deployment

pytestmark = pytest.mark.proof
NAMES = {"express": "v1", "flask": "v1", "php": "v1", "express_v2": "v2", "flask_v2": "v2"}
"""Each example, and the generation of PortOne that it speaks."""
CHOSEN = (
    "CHECKOUT-06", "CHECKOUT-10", "CHECKOUT-16",
    "WEBHOOK-01", "WEBHOOK-02", "WEBHOOK-05", "WEBHOOK-06", "WEBHOOK-08", "WEBHOOK-10", "WEBHOOK-13", "WEBHOOK-17",
    "APPROVAL-01", "CANCEL-01", "CANCEL-02", "CANCEL-03", "CANCEL-07", "CANCEL-11", "CANCEL-19",
)  # fmt: skip
"""What the shop and the examples have the same probes for."""
ONLY = {
    "v1": ("SETUP-16", "CANCEL-12"),
    "v2": (
        "CHECKOUT-21", "WEBHOOK-22", "WEBHOOK-23", "WEBHOOK-24", "WEBHOOK-25",
        "CANCEL-21", "CANCEL-22", "CANCEL-23", "CANCEL-24",
    ),
}  # fmt: skip
"""The same, of what one generation alone has."""
FAULTS = (
    ("express", "compares-nothing", {"WEBHOOK-06": "FAIL", "MONEY-01": "FAIL"}),
    ("express", "takes-http-200-for-yes", {"CANCEL-07": "FAIL", "MONEY-04": "FAIL"}),
    ("express", "cancels-at-once", {"CANCEL-02": "FAIL", "MONEY-04": "FAIL"}),
    ("flask", "believes-the-webhook", {"WEBHOOK-10": "FAIL"}),
    ("flask", "swallows-failures", {"WEBHOOK-13": "FAIL"}),
    ("flask", "sends-no-checksum", {"CANCEL-11": "WARN"}),
    ("php", "fulfils-each-time", {"WEBHOOK-08": "FAIL", "MONEY-03": "FAIL", "MONEY-05": "FAIL"}),
    ("php", "waits-for-a-notice-in-vain", {"CANCEL-12": "FAIL"}),
    ("php", "lets-anybody-refund", {"CANCEL-19": "FAIL", "MONEY-03": "FAIL"}),
    ("express_v2", "compares-nothing", {"WEBHOOK-06": "FAIL", "MONEY-01": "FAIL"}),
    ("express_v2", "takes-requested-for-done", {"CANCEL-02": "FAIL", "MONEY-04": "FAIL"}),
    ("express_v2", "knows-one-secret", {"WEBHOOK-23": "FAIL"}),
    ("flask_v2", "believes-the-webhook", {"WEBHOOK-22": "FAIL"}),
    ("flask_v2", "refuses-unknown-types", {"WEBHOOK-24": "FAIL"}),
    ("flask_v2", "forgets-disputes", {"CANCEL-24": "WARN"}),
)
"""What each planted fault turns red: its own requirement first, and what the books say of the same scenarios."""
BRIEFLY = ("-p", "tests.proof.first_rows", *LIMITS)  # rows of one outline differ in nothing that an example has


def chosen(*requirements: str) -> list[str]:
    return [*BRIEFLY, *(f"--requirement={id}" for id in requirements)]


@pytest.fixture(scope="module")
def of_the_shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Mapping[str, str]]:
    """The verdicts of the embedded shop by the generation, as far as they concern a merchant who only refunds."""

    @cache
    def found(api: str) -> Mapping[str, str]:
        folder = tmp_path_factory.mktemp(f"embedded-{api}")
        options = ("--target=embedded", "--profile=refunds", f"--api={api}")
        return Deployment(folder).run(*options, *chosen(*chosen_for(api))).verdicts

    return found


def chosen_for(api: str) -> list[str]:
    return [*CHOSEN, *ONLY[api]]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gets_the_verdicts_of_the_embedded_shop(
    name: str, of_the_shop: Callable[[str], Mapping[str, str]], tmp_path: Path
) -> None:
    expected, ids = of_the_shop(NAMES[name]), chosen_for(NAMES[name])
    example = Example.of(name, tmp_path)
    with example.merchant():
        ended = example.run("--profile=refunds", *chosen(*ids))
    assert ended.verdicts == expected, ended.output
    assert set(expected) == set(ids)
    assert set(expected.values()) == {"PASS"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_stays_right_whichever_answer_comes_late(name: str, tmp_path: Path) -> None:
    """Every row: each is another place that looks a payment up, or other news meanwhile."""
    example = Example.of(name, tmp_path)
    with example.merchant():
        ended = example.run("--profile=refunds", "--requirement=WEBHOOK-15", *LIMITS)
    assert ended.verdicts == {"WEBHOOK-15": "PASS"}, ended.output


@pytest.mark.parametrize(("name", "defect", "red"), FAULTS, ids=lambda given: given if isinstance(given, str) else "")
def test_a_fault_of_an_example_is_found(name: str, defect: str, red: Mapping[str, str], tmp_path: Path) -> None:
    example = Example.of(name, tmp_path)
    with example.merchant(defect):
        ended = example.run(*chosen("WEBHOOK-01", next(iter(red))))
    assert ended.verdicts == {"WEBHOOK-01": "PASS", **red}, ended.output


@pytest.mark.parametrize("name", [name for name, api in NAMES.items() if api == "v2"])
def test_an_order_with_one_payment_id_has_no_second_payment_to_send_back(name: str, tmp_path: Path) -> None:
    example = Example.of(name, tmp_path)
    with example.merchant():
        ended = example.run(*chosen("APPROVAL-02"))
    assert ended.verdicts == {"APPROVAL-02": "NOT_APPLICABLE"}, ended.output
