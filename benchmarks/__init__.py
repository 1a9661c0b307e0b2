"""What the suite costs, side by side with what somebody would write instead; programs, not tests."""

import conformance.installed  # noqa: F401  # what is missing is said before it is imported
