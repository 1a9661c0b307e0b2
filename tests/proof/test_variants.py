"""Merchants who work in another way are as good: the suite demands outcomes, not ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from conformance.settings.merchant_toml import MerchantFile, read_merchant_file
from conformance.target.rows import LIMITS
from conformance.verdict.algebra import Verdict
from conformance.verdict.catalogue import Api, catalogue
from shop.variants import VARIANTS, Variant
from tests.proof.forking import Job, run
from tests.proof.judging import Shown, found

SHOP_TOML = Path(__file__).resolve().parents[2] / "shop" / "shop.toml"


def shown(name: str, folder: Path, *options: str) -> Mapping[str, Shown]:
    """What is found of a merchant."""
    arguments = (*options, "-p", "tests.proof.first_rows", *LIMITS)  # rows of one outline differ in no way of working
    job = Job(name, arguments, str(folder / name))
    [ended] = run([job])
    return found(job, ended)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Mapping[str, Shown]]:
    """What is found of the shop without any variant, on a generation of PortOne."""
    folder = tmp_path_factory.mktemp("variants")
    return cache(lambda api: shown(f"none-{api}", folder, "--api", api))


def described(variant: Variant) -> MerchantFile:
    return read_merchant_file(SHOP_TOML, *([variant.toml] if variant.toml else []))


def expected(variant: Variant, without: Mapping[str, Shown]) -> Mapping[str, Verdict]:
    """As without it, but for what it states itself, and for what such a merchant does not do at all."""
    profile = described(variant).does
    outside = [id for id in without if catalogue()[id].profile - profile]
    stated = {id: Verdict(verdict) for id, verdict in variant.otherwise.items()}
    unchanged = {id: one.verdict for id, one in without.items()}
    return {**unchanged, **dict.fromkeys(outside, Verdict.NOT_APPLICABLE), **stated}


@pytest.mark.proof
@pytest.mark.parametrize(("name", "api"), [(one.name, api) for one in VARIANTS.values() for api in one.apis])
def test_another_way_turns_nothing_red(
    name: str, api: str, without: Callable[[str], Mapping[str, Shown]], tmp_path: Path
) -> None:
    wanted = expected(VARIANTS[name], without(api))
    found_of_it = shown(name, tmp_path, "--shop-variant", name, "--api", api)
    strays = {id: str(one) for id, one in found_of_it.items() if one.verdict is not wanted[id]}
    to_see_it = f"make conformance ARGS='--shop-variant {name} --api {api}'"
    assert strays == {}, f"{VARIANTS[name].sentence} To see it: {to_see_it}"


@pytest.mark.proof
@pytest.mark.parametrize("api", Api)
def test_without_a_variant_everything_that_applies_passes(
    api: str, without: Callable[[str], Mapping[str, Shown]]
) -> None:
    allowed = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.REVIEW)
    assert {id: str(one) for id, one in without(api).items() if one.verdict not in allowed} == {}


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
