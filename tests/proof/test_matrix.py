"""Every defect turns exactly its own red, and nothing else; every requirement has a defect that turns it red."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from threading import Thread

import pytest

from fixtures.judging.catalogue import catalogue
from tests.proof.matrix import Proved, prove
from tests.proof.rows import Scope, of_the_run, rows

ROWS = rows()
ROW_TEST = "test_a_defect_turns_its_own_red_and_nothing_else"
Proofs = Mapping[str, Future[Proved]]


@pytest.fixture(scope="module")
def proofs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proofs]:
    """The rows that are selected, under way a few at a time; each test waits for its own."""
    selected = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == ROW_TEST
    ]
    futures: dict[str, Future[Proved]] = {name: Future() for name in selected}

    def work() -> None:
        try:
            for proved in prove([ROWS[name] for name in selected], Scope.TOUCHED, tmp_path_factory.mktemp("proof")):
                futures[proved.row.name].set_result(proved)
        except Exception as error:  # noqa: BLE001  # told by every test that waits
            for future in futures.values():
                if not future.done():
                    future.set_exception(error)

    thread = Thread(target=work, name="matrix", daemon=True)
    thread.start()
    yield futures
    thread.join()


@pytest.mark.parametrize("name", ROWS)
def test_a_defect_turns_its_own_red_and_nothing_else(name: str, proofs: Proofs) -> None:
    proved = proofs[name].result()
    told = "".join(f"\n  {stray}" for stray in proved.strays)
    assert not proved.strays, f"{name} says {dict(ROWS[name].expected)}; to see it: {ROWS[name].command}{told}"


def test_every_must_and_should_has_a_defect_that_turns_it_red() -> None:
    proved = {id for row in ROWS.values() for id in row.expected}
    unproved = {one.id for one in catalogue().requirement if one.id not in proved and not of_the_run(one)}
    assert unproved == set()


def test_a_defect_that_turns_several_red_says_why() -> None:
    silent = [row.name for row in ROWS.values() if len(row.expected) > 1 and not row.why]
    assert silent == [], "one cause turns one requirement red; where it is more by nature, `why` says so"


def test_a_defect_that_turns_one_red_has_nothing_to_explain() -> None:
    assert [row.name for row in ROWS.values() if len(row.expected) == 1 and row.why] == []


def test_a_defect_names_what_there_is_and_is_told_in_one_sentence() -> None:
    for row in ROWS.values():
        assert set(row.turns_red) <= catalogue().by_id.keys(), row.name
        assert set(row.warns) <= set(row.turns_red), row.name
        assert row.turns_red, row.name
        assert row.sentence.endswith("."), row.name
        assert ". " not in row.sentence, row.name


def test_no_two_defects_are_told_by_the_same_sentence() -> None:
    assert len({row.sentence for row in ROWS.values()}) == len(ROWS)
