"""`python -m conformance`: the command from the checkout."""

from conformance.cli.verbs import app

app(prog_name="python -m conformance")
