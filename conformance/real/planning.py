"""What a run with real money would pay: what its target will offer, and which of its scenarios are worth a payment.

The run makes the plan of its own scenarios; `plan_lines` collects them and runs none.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from babel.numbers import get_currency_precision

from conformance.machine import interrupts
from conformance.machine.places import FEATURES
from conformance.merchant.drivers import description_of, driver_of
from conformance.merchant.protocol import Merchant
from conformance.merchant.toml.driver import TomlMerchant
from conformance.network.receiver import WebhookReceiver
from conformance.real.buyers import in_country
from conformance.real.paying import BoundSentence, Costs, costs_of, needs_card
from conformance.real.plan import Allowed, Candidate, Plan, planned
from conformance.real.provider import REAL_PROVIDERS
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.settings.conformance_toml import Settings
from conformance.settings.merchant_toml import read_merchant_file
from conformance.target.deployment import permitted, surroundings_of
from conformance.target.own_shop import SHOP_TOML
from conformance.verdict.algebra import ExitCode
from conformance.verdict.catalogue import Api, Probe, Profile, Stage
from conformance.verdict.endings import NeedsReview, NotApplicable, NotObservable
from conformance.verdict.observation import Observation
from conformance.verdict.showing import Needs, can_be_shown


@dataclass(frozen=True)
class Offer:
    """What a target will offer, known before anything of it is started."""

    name: str
    stage: Stage
    profile: frozenset[Profile]
    capabilities: frozenset[Probe]
    not_done: Mapping[str, str] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    api: Api = Api.V1


def offer_of(name: str, stage: Stage, settings: Settings, profile: frozenset[Profile] | None = None) -> Offer:
    """What the target will offer. Raises SettingsError, SecretMissing and MerchantFileError."""
    with ExitStack() as stack:
        merchant = _merchant(name, settings, Timeline(Redaction()))
        stack.callback(merchant.close)
        seen = name == "sandbox" or settings.golive.take_endpoint
        return Offer(
            name=name,
            stage=stage,
            profile=merchant.profile if profile is None else profile,
            capabilities=REAL_PROVIDERS[settings.api].capabilities
            | {Probe.LATER}  # what they wait for is waited for
            | merchant.capabilities
            | (WebhookReceiver.capabilities if seen else frozenset())
            | {Probe.LEDGER},
            not_done=merchant.not_done,
            currencies=merchant.currencies,
            api=settings.api,
        )


def _merchant(name: str, settings: Settings, timeline: Timeline) -> Merchant:
    if name == "sandbox":
        known = {"operator_password": "", "packer_password": ""}
        return TomlMerchant(read_merchant_file(SHOP_TOML), "http://127.0.0.1:1", timeline, known)
    merchant = permitted(settings, name)
    if description_of(merchant, settings.folder) is not None:  # which says what it offers without any secret
        merchant = merchant.model_copy(update={"secrets": dict.fromkeys(merchant.secrets, "")})
    return driver_of(merchant, surroundings_of(settings, merchant, timeline, lambda _: None), settings.folder)


@dataclass(frozen=True)
class Collected:
    """A scenario of the run: what is known of it, what it needs, and its sentences."""

    nodeid: str
    observation: Observation
    needs: Needs
    sentences: tuple[BoundSentence, ...]


def plan_of(scenarios: Sequence[Collected], offer: Offer, settings: Settings) -> Plan:
    """The plan for these scenarios."""
    charges = settings.charges
    allowed = Allowed(charges.allow_real_charges, charges.max_amount, charges.max_charges)
    return planned([_candidate(one, offer, settings) for one in scenarios], allowed)


def _candidate(one: Collected, offer: Offer, settings: Settings) -> Candidate:
    observation, costs = one.observation, costs_of(one.sentences)
    currency = _currency(costs, offer, settings)
    lacking, applies = _lacking(one.needs, offer, settings, costs, currency)
    return Candidate(
        nodeid=one.nodeid,
        title=observation.scenario,
        requirements=observation.requirements,
        level=observation.level,
        costs=costs,
        currency=currency or "",
        by_card=needs_card(observation.requirements) or not settings.buyer.test_method,
        lacking=lacking,
        applies=applies,
    )


def _currency(costs: Costs, offer: Offer, settings: Settings) -> str | None:
    """The currency of its order, "" for the shop's usual one where that is not known, None where it sells in none."""
    if costs.decimals is not None and offer.currencies:
        fitting = (one for one in offer.currencies if get_currency_precision(one) == costs.decimals)
        return next(fitting, None)
    allowed = list(settings.charges.max_amount)
    return allowed[0] if len(allowed) == 1 and costs.decimals is None else ""


def _lacking(needs: Needs, offer: Offer, settings: Settings, costs: Costs, currency: str | None) -> tuple[str, bool]:
    """Why a scenario shows nothing here, and whether it applies at all; "" and True where it can be run."""
    try:
        can_be_shown(needs, offer)
        for country in sorted(costs.countries):
            in_country(country, settings.buyer.country)
    except NotApplicable as reason:
        return str(reason), False
    except (NotObservable, NeedsReview) as reason:
        return str(reason), True
    if currency is None:
        return f"the merchant sells in no currency with {costs.decimals} decimals", False
    return "", True


_PYTESTS_OWN = "ERROR: "
"""What pytest puts before the line that says why it does not run."""


class CannotPlan(Exception):
    """There is no plan to be made; the text is one line: what, where, what to do."""


def plan_lines(config: str | None, target: str | None, stage: Stage | None) -> Sequence[str]:
    """The plan, line by line. Raises CannotPlan."""
    asked = [f"--config={config}"] if config else []
    asked += [f"--target={target}"] if target else []
    asked += [f"--stage={stage}"] if stage else []
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        file = Path(folder) / "plan"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", f"--plan-to={file}", *asked, str(FEATURES)]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if by := interrupts.came():
            raise interrupts.Interrupted(interrupts.in_words(by))
        if file.exists():
            return file.read_text("utf-8").splitlines()
    said = [line for line in (*ended.stdout.splitlines(), *ended.stderr.splitlines()) if line.strip()]
    if said and ended.returncode == ExitCode.REFUSED:
        raise CannotPlan(said[-1].removeprefix(_PYTESTS_OWN))
    if ended.returncode != ExitCode.OK:
        raise CannotPlan(said[-1] if said else f"pytest ended with {ended.returncode}")
    raise CannotPlan("only golive and sandbox charge real money: name one with --target")
