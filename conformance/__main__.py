"""`python -m conformance`: the command from the checkout."""

from conformance.cli import app

app(prog_name="python -m conformance")
