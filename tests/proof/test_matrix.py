"""Every requirement is turned red by a defect of its own; `make proof` runs every defect on the whole suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from conformance.target.rows import covering, every_row, of_the_run, proving, rows
from conformance.verdict.catalogue import Api, catalogue
from tests.proof.matrix import red

ROWS, EVERY = rows(), every_row()


def _covering() -> Mapping[str, Sequence[str]]:
    """Rows that turn each requirement red once: on V1, and on V2 what is V2's own; `make proof` runs every row."""
    on = {api: covering(row for row in ROWS.values() if row.api is api) for api in Api}
    of_v2 = {one.id for one in catalogue().requirement if one.api is Api.V2}
    own = {name: [id for id in ids if id in of_v2] for name, ids in on[Api.V2].items()}
    return {**on[Api.V1], **{name: ids for name, ids in own.items() if ids}}


COVERING = _covering()


@pytest.mark.parametrize("name", COVERING)
def test_a_defect_turns_its_own_red(name: str, tmp_path: Path) -> None:
    row = ROWS[name]
    proved = red(row, COVERING[name], tmp_path)
    told = "".join(f"\n  {stray}" for stray in proved.strays)
    assert not proved.strays, f"{name} says {dict(row.expected)}; to see it: {row.command}{told}"


def test_no_requirement_is_left_out_of_what_is_run() -> None:
    every = {id for row in ROWS.values() for id in row.expected}
    assert {id for added in COVERING.values() for id in added} == every
    assert len(COVERING) < len(ROWS)


@pytest.mark.parametrize("api", Api)
def test_every_must_and_should_has_a_defect_that_turns_it_red(api: Api) -> None:
    applying = [one for one in catalogue().requirement if one.api in (None, api) and not one.by_storm]
    assert {one.id for one in applying if not proving(one.id, api) and not of_the_run(one)} == set()


def test_each_requirement_on_load_has_a_defect_that_turns_it_red() -> None:
    assert {one.id for one in catalogue().requirement if one.by_storm and not proving(one.id)} == set()


def test_a_defect_that_turns_several_red_says_why() -> None:
    silent = [row.name for row in EVERY.values() if len(row.expected) > 1 and not row.why]
    assert silent == [], "one cause turns one requirement red; where it is more by nature, `why` says so"


def test_a_defect_that_turns_one_red_has_nothing_to_explain() -> None:
    assert [row.name for row in EVERY.values() if len(row.expected) == 1 and row.why] == []


def test_a_defect_names_what_there_is_and_is_told_in_one_sentence() -> None:
    for row in EVERY.values():
        assert set(row.turns_red) <= catalogue().by_id.keys(), row.name
        assert set(row.warns) <= set(row.turns_red), row.name
        assert row.turns_red, row.name
        assert row.sentence.endswith("."), row.name
        assert ". " not in row.sentence, row.name


def test_no_two_defects_are_told_by_the_same_sentence() -> None:
    assert len({row.sentence for row in EVERY.values()}) == len({row.defect for row in EVERY.values()})
