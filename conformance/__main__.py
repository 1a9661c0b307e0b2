"""`python -m conformance`: the command from the checkout."""

from conformance.cli.verbs import app
from conformance.machine import output

if __name__ == "__main__":
    output.watch()
    app(prog_name="python -m conformance")
