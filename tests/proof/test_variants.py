"""Merchants who work in another way are as good: the suite demands outcomes, not ways."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fixtures.judging.catalogue import catalogue
from fixtures.judging.verdicts import Verdict
from fixtures.merchant_toml import MerchantFile, read_merchant_file
from shop.variants import VARIANTS, Variant
from tests.proof.forking import Job, run
from tests.proof.judging import Shown, found
from tests.proof.rows import LIMITS

Found = Mapping[str, Mapping[str, Shown]]
VARIANT_TEST = "test_another_way_turns_nothing_red"
SHOP_TOML = Path(__file__).resolve().parents[2] / "shop" / "shop.toml"


@pytest.fixture(scope="module")
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found of each variant that is selected, and of the shop without any.

    Three at a time: a merchant who works later is mostly waited for.
    """
    folder = tmp_path_factory.mktemp("variants")
    selected = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == VARIANT_TEST
    ]
    selected.sort(key=lambda name: described(VARIANTS[name]).settle_seconds, reverse=True)
    arguments = ("-p", "tests.proof.first_rows", *LIMITS)  # rows of one outline differ in no way of working
    jobs = {name: Job(name, ("--shop-variant", name, *arguments), str(folder / name)) for name in selected}
    jobs["none"] = Job("none", arguments, str(folder / "none"))
    return {ended.name: found(jobs[ended.name], ended) for ended in run(list(jobs.values()), at_once=3)}


def described(variant: Variant) -> MerchantFile:
    return read_merchant_file(SHOP_TOML, *([variant.toml] if variant.toml else []))


def expected(variant: Variant, without: Mapping[str, Shown]) -> Mapping[str, Verdict]:
    """As without it, but for what it states itself, and for what such a merchant does not do at all."""
    profile = described(variant).profile
    outside = [id for id in without if catalogue()[id].profile - profile]
    stated = {id: Verdict(verdict) for id, verdict in variant.otherwise.items()}
    unchanged = {id: one.verdict for id, one in without.items()}
    return {**unchanged, **dict.fromkeys(outside, Verdict.NOT_APPLICABLE), **stated}


@pytest.mark.parametrize("name", VARIANTS)
def test_another_way_turns_nothing_red(name: str, shown: Found) -> None:
    wanted = expected(VARIANTS[name], shown["none"])
    strays = {id: str(one) for id, one in shown[name].items() if one.verdict is not wanted[id]}
    assert strays == {}, f"{VARIANTS[name].sentence} To see it: make conformance ARGS='--shop-variant {name}'"


def test_without_a_variant_everything_that_applies_passes(shown: Found) -> None:
    allowed = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.REVIEW)
    assert {id: str(one) for id, one in shown["none"].items() if one.verdict not in allowed} == {}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_is_told_in_one_sentence_and_states_verdicts_that_there_are(variant: Variant) -> None:
    assert variant.sentence.endswith(".")
    assert ". " not in variant.sentence
    assert variant.otherwise.keys() <= catalogue().by_id.keys()
    assert all(Verdict(verdict) not in (Verdict.FAIL, Verdict.ERROR) for verdict in variant.otherwise.values())


@pytest.mark.parametrize("path", sorted((SHOP_TOML.parent / "variants").glob("*.toml")), ids=lambda path: path.stem)
def test_a_description_belongs_to_a_variant_and_changes_one_thing(path: Path) -> None:
    assert path.stem in VARIANTS
    files = read_merchant_file(SHOP_TOML), described(VARIANTS[path.stem])
    usual, own = (file.model_dump(exclude={"name"}) for file in files)
    assert len([key for key in usual if usual[key] != own[key]]) == 1
