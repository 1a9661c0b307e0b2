"""Names the plugins and the command-line options of the suite; does nothing else."""

pytest_plugins = [
    "fixtures.installed",  # before all: what is missing is said before it is imported
    "fixtures.interrupts",  # then: a signal may come at any moment
    "fixtures.configuration.interpreter",
    "fixtures.configuration.config_option",
    "fixtures.reporting.unwritten",  # before those that import it
    "fixtures.configuration.options",
    "fixtures.configuration.refusal",
    "fixtures.judging.attestations",
    "fixtures.judging.outcomes",
    "fixtures.interrupting",
    "fixtures.temporary",
    "fixtures.judging.gate",
    "fixtures.judging.selection",
    "fixtures.real_money.planning",
    "fixtures.composition.targets",
    "fixtures.composition.preflight_run",
    "fixtures.composition.stopping",
    "fixtures.buying.browser",
    "fixtures.reporting.evidence",
    "fixtures.reporting.pictures",
    "fixtures.reporting.films",
    "fixtures.reporting.progress",
    "fixtures.reporting.redacting",
    "fixtures.reporting.allure_steps",
    "fixtures.reporting.run",
    "fixtures.waiting.aside",
    "steps.attacker",
    "steps.buyer",
    "steps.merchant",
    "steps.merchant_answers",
    "steps.merchant_open_orders",
    "steps.merchant_refunds",
    "steps.merchant_shipping",
    "steps.operator",
    "steps.paymentwall",
    "steps.portone",
    "fixtures.garbage",  # after those whose marks it removes
]
