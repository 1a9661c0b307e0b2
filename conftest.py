"""Names the plugins and the command-line options of the suite; does nothing else."""

import pytest

PLUGINS = [
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
    "steps.page",
    "steps.paymentwall",
    "steps.portone",
    "steps.second_generation",
    "steps.stories",
    "fixtures.garbage",  # after those whose marks it removes
]


def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    """Import them once this module is a plugin itself.

    Of `pytest_plugins` pytest takes each for the possible name of an entry point too, and for each reads the metadata
    of all that is installed: a tenth of a second in every run.
    """
    if getattr(plugin, "PLUGINS", None) is PLUGINS:
        for name in PLUGINS:
            manager.import_plugin(name)
