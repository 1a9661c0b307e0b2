"""A stranger that cannot be set up here is skipped by what it lacks, and not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.strangers.running import NotStarted, run, strangers


def test_a_php_without_its_modules_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    php = tmp_path / "bin" / "php"
    php.parent.mkdir()
    php.write_text("#!/bin/sh\necho Core; echo curl\n", "utf-8")
    php.chmod(0o755)
    monkeypatch.setenv("PATH", str(php.parent))
    with pytest.raises(NotStarted, match="php with pdo_sqlite is not installed here"):
        run(strangers()["handmade"], tmp_path / "run")
