"""What the tests of the real account share: a port where nobody listens."""

from __future__ import annotations

from tests.fixtures.conftest import unused_port as unused_port
