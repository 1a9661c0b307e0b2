"""What the suite costs, side by side with what somebody would write instead; programs, not tests."""

import conformance.installed  # noqa: F401  # what is missing is said before it is imported

IMPORTED_EARLY = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
"""For a pytest with one of these modules as its plugin, which imports the above before pytest could rewrite it."""
