"""Names the plugins and the command-line options of the suite; does nothing else."""

pytest_plugins = [
    "conformance.installed",  # before all: what is missing is said before it is imported
    "fixtures.process",  # then: a signal may come at any moment
    "fixtures.config_option",
    "fixtures.unwritten",  # before those that import it
    "fixtures.options",
    "fixtures.refusal",
    "fixtures.attested",
    "fixtures.outcomes",
    "fixtures.interrupting",
    "fixtures.temporary",
    "fixtures.workers",
    "fixtures.gate",
    "fixtures.selection",
    "fixtures.planning",
    "fixtures.targets",
    "fixtures.preflight_run",
    "fixtures.stopping",
    "fixtures.browser",
    "fixtures.books",
    "fixtures.evidence",
    "fixtures.pictures",
    "fixtures.films",
    "fixtures.progress",
    "fixtures.redacting",
    "fixtures.allure_steps",
    "fixtures.run",
    "fixtures.aside",
    "steps.attacker",
    "steps.books",
    "steps.buyer",
    "steps.merchant",
    "steps.merchant_answers",
    "steps.merchant_open_orders",
    "steps.merchant_refunds",
    "steps.merchant_shipping",
    "steps.operator",
    "steps.paymentwall",
    "steps.portone",
    "steps.stories",
    "fixtures.garbage",  # after those whose marks it removes
]
