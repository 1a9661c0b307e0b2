"""Names the plugins and the command-line options of the suite; does nothing else."""

pytest_plugins = [
    "fixtures.options",
    "fixtures.refusal",
    "fixtures.outcomes",
    "fixtures.gate",
    "fixtures.selection",
    "fixtures.targets",
    "fixtures.browser",
    "fixtures.reporting.allure_steps",
    "fixtures.reporting.run",
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
]
