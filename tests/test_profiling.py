"""The profile of the tests can be made, and counts what a test starts."""

from __future__ import annotations

import pytest

from benchmarks.tests import profile, table

FORKS = "test_forks.py::test_it_has_its_arguments_its_folder_and_exactly_its_environment"


@pytest.mark.proof
def test_each_file_is_told_with_what_its_tests_take_and_start() -> None:
    tests, _, status = profile(["tests/test_class_names.py", f"tests/{FORKS}"])
    assert status == 0
    assert {test["file"] for test in tests} == {"tests/test_class_names.py", "tests/test_forks.py"}
    assert sum(test.get("processes", 0) for test in tests) >= 2, "one is forked, one is a new Python"
    assert any(line.endswith("  tests/test_forks.py") for line in table(tests))
