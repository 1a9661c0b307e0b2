"""Everything of the suite that knows neither pytest nor pytest-bdd, and the command `conformance`."""
