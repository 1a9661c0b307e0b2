"""The modules whose rules are mutated, each with the test files that hold it, those first that fail the soonest.

And the shop's modules that decide about money, which whole runs of the suite hold.

The gate's are not among them: its tests start runs of their own, two seconds for each mutant.
"""

from __future__ import annotations

from collections.abc import Mapping

EMULATOR = "tests/emulator/test_"
SUITE = "tests/fixtures/test_"


def _held(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}{name}.py" for name in names.split())


RULES: Mapping[str, tuple[str, ...]] = {
    # signatures
    "emulator.paymentwall.signatures": _held(EMULATOR, "signatures tickets"),
    "emulator.portone.signing": _held(EMULATOR, "signatures sides"),
    # amounts
    "emulator.paymentwall.money": _held(EMULATOR, "amounts tickets"),
    "emulator.portone.amounts": _held(EMULATOR, "amounts"),
    # states
    "emulator.portone.payments": _held(EMULATOR, "payments searches"),
    "emulator.portone.cancelling": _held(EMULATOR, "cancel_rules"),
    "emulator.portone.tokens": _held(EMULATOR, "tokens"),
    "emulator.paymentwall.charges": _held(EMULATOR, "charges tickets"),
    "emulator.paymentwall.tickets": _held(EMULATOR, "ticket_queue tickets"),
    "emulator.paymentwall.state": _held(EMULATOR, "project_state charges reviews tickets"),
    # what a merchant asks for without a window
    "emulator.portone.billing_keys": _held(EMULATOR, "billing_keys key_in"),
    "emulator.portone.customers": _held(EMULATOR, "billing_keys"),
    "emulator.portone.nested": _held(EMULATOR, "scheduling scheduled scheduled_changed"),
    "emulator.portone.charging": _held(EMULATOR, "key_in scheduled scheduled_changed billing_keys"),
    "emulator.portone.keyed": _held(EMULATOR, "key_in refusals_in_words billing_keys scheduling"),
    "emulator.portone.schedules": _held(EMULATOR, "scheduling scheduled scheduled_changed"),
    "emulator.portone.scheduling": _held(EMULATOR, "scheduling scheduled scheduled_changed refusals_in_words"),
    # what a merchant asks about payments, and registers before them
    "emulator.portone.lookups": _held(EMULATOR, "searches refusals_in_words"),
    "emulator.portone.preparing": _held(EMULATOR, "prepare"),
    # secrets
    "emulator.secret_names": ("tests/test_secret_names.py", *_held(EMULATOR, "incoming journal")),
    # retries
    "emulator.portone.webhooks": _held(EMULATOR, "addresses outbox outbox_kept webhooks redelivery"),
    "emulator.portone.outbox": _held(EMULATOR, "outbox outbox_kept addresses redelivery"),
    "emulator.paymentwall.pingbacks": _held(EMULATOR, "charges pingbacks"),
    "emulator.clock": _held(EMULATOR, "clock running_clock"),
    # the suite's own
    "conformance.verdict.algebra": _held(SUITE, "verdicts"),
    "conformance.verdict.deviations": _held(SUITE, "settings"),
    "conformance.record.minor": _held(SUITE, "words_of_v2"),
    "conformance.record.redaction": (
        *_held(SUITE, "redaction_rules"),
        *(
            f"tests/test_redaction.py::test_{name}"  # the others take whole runs, or a browser
            for name in (
                "what_looks_like_a_secret_is_masked_in_any_text",
                "what_is_none_stays",
                "headers_as_browsers_list_them_are_masked_by_their_name",
                "a_name_that_is_a_secret_is_masked_too",
                "what_the_environment_calls_a_secret_is_one",
                "passwords_of_addresses_are_known",
                "what_lets_whoever_knows_the_address_in_is_a_secret",
                "every_secret_of_the_settings_is_known",
            )
        ),
    ),
}
SHOP: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    (
        "shop.results", "shop.refunds", "shop.life", "shop.money", "shop.webhooks", "shop.checkout", "shop.orders",
        "shop.portone",
    ),
    ("features",),
)  # fmt: skip
"""What decides about money there: whatever is changed in it, a merchant's run must not end READY."""
THE_SUITE = (
    *("-q", "--color=no", "--limit=6", "--require-ready", "-Wignore::pytest.PytestAssertRewriteWarning"),
    *("-p", "tests.proof.first_fail"),
    *("--alluredir={folder}/allure-results", "--junit-xml={folder}/junit.xml"),
)
"""A run of the suite as a user has it, up to its first FAIL."""
