"""Where the project lies, its scenarios, and the reports of a run that nobody gave another place."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEATURES = ROOT / "features"
REPORTS = ROOT / "reports"
