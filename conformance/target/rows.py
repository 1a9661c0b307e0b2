"""The rows of the proof as data: each defect of the shop and of the accounts, and what it must turn red."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.machine.places import COMMAND, IS_CHECKOUT, RUN
from conformance.portone.account_defects import DEFECTS as ACCOUNT_DEFECTS
from conformance.portone.account_defects import AccountDefect
from conformance.verdict.algebra import Verdict, of_failed_assertion
from conformance.verdict.catalogue import Api, Probe, Requirement, Stage, catalogue
from shop.defects import DEFECTS as SHOP_DEFECTS
from shop.defects.registry import Defect, OnV2

RUN_TESTS = "tests/charges/test_run_verdicts.py"
"""What proves the requirements on a run with real money."""
LIMITS = ("--limit=6",)
PROVIDERS_LIMITS: Mapping[str, float] = {"WEBHOOK-14": 0.03}
"""Where a merchant does not answer within the provider's limit, this part of it is waited for."""


@dataclass(frozen=True)
class Row:
    """A defect on one generation of PortOne: whose it is (shop or account), what it is, and what it turns red.

    `why` says why that is more than one, `differs` why it is not the same on V2 as on V1, or not there at all.
    """

    kind: str
    defect: str
    sentence: str
    turns_red: tuple[str, ...]
    why: str
    stage: Stage
    warns: tuple[str, ...] = ()
    of_the_page: bool = False
    of_storms: bool = False
    api: Api = Api.V1
    differs: str = ""

    @property
    def name(self) -> str:
        """The defect's name, and the generation unless that is V1."""
        return self.defect if self.api is Api.V1 else f"{self.defect}@{self.api}"

    @property
    def option(self) -> str:
        """What switches it on."""
        return f"--{self.kind}-defect {self.defect}"

    @property
    def command(self) -> str:
        """What a reader types to see it."""
        if self.of_storms:
            return f"{COMMAND} storm {self.option}"
        options = self.option if self.stage is Stage.TEST else f"{self.option} --stage {self.stage}"
        options += "" if self.api is Api.V1 else f" --api {self.api}"
        return f'make conformance ARGS="{options}"' if IS_CHECKOUT else f"{RUN} {options}"

    @property
    def expected(self) -> Mapping[str, Verdict]:
        """The verdict of each requirement that it breaks."""
        broken = {id: of_failed_assertion(catalogue()[id].level) for id in self.turns_red}
        return {**broken, **dict.fromkeys(self.warns, Verdict.WARN)}

    @property
    def account(self) -> tuple[str, ...]:
        """What pytest is given for its stage and generation, without it too."""
        return f"--stage={self.stage}", *(() if self.api is Api.V1 else (f"--api={self.api}",))

    @property
    def options(self) -> tuple[str, ...]:
        """What pytest is given for it, whatever is selected."""
        scale = min((PROVIDERS_LIMITS[id] for id in self.expected if id in PROVIDERS_LIMITS), default=1.0)
        scaled = () if scale == 1.0 else (f"--limit-scale={scale}",)
        return *self.option.split(), *self.account, *LIMITS, *scaled


def rows() -> Mapping[str, Row]:
    """Every row that a run of the scenarios proves, by its name."""
    return {name: row for name, row in every_row().items() if not row.of_storms}


def storm_rows() -> Mapping[str, Row]:
    """Every row that only a storm proves, by its name."""
    return {name: row for name, row in every_row().items() if row.of_storms}


def every_row() -> Mapping[str, Row]:
    """Both, by name: of each defect one for every generation that can have it."""
    shop = [_of_shop(defect, Api(api)) for defect in SHOP_DEFECTS.values() for api in defect.apis]
    account = [
        _of_account(name, one, api)
        for name, one in ACCOUNT_DEFECTS.items()
        for api in ((Api.V1,) if one.only_v1 else Api)
    ]
    return {row.name: row for row in [*shop, *account]}


def _of_account(name: str, defect: AccountDefect, api: Api) -> Row:
    red, why = _red_on(api, defect.turns_red, defect.why)
    return Row("account", name, defect.sentence, red, why, defect.stage, api=api, differs=defect.only_v1)


def _of_shop(defect: Defect, api: Api) -> Row:
    red, why = _red_on(api, defect.turns_red, defect.why, defect.on_v2)
    return Row(
        "shop",
        defect.name,
        defect.sentence,
        red,
        why,
        Stage(defect.stage),
        tuple(id for id in defect.warns if id in red),
        defect.of_the_page,
        defect.of_storms,
        api,
        defect.on_v2.reason if defect.on_v2 and api is Api.V2 else defect.only_v1,
    )


def _red_on(api: Api, red: tuple[str, ...], why: str, on_v2: OnV2 | None = None) -> tuple[tuple[str, ...], str]:
    """What is red on a generation, and why it is several: only what applies there can be."""
    if api is Api.V2 and on_v2 is not None:
        red = (*(id for id in red if id not in on_v2.spares), *on_v2.also)
        why = why or on_v2.reason
    applies = tuple(id for id in red if catalogue()[id].api in (None, api))
    return applies, why if len(applies) > 1 else ""


def covering(every: Iterable[Row]) -> Mapping[str, tuple[str, ...]]:
    """Rows that together turn red all that the given ones do, each with what it adds: always the one that adds most."""
    left, chosen = list(every), dict[str, tuple[str, ...]]()
    wanted = {id for row in left for id in row.expected}
    while wanted:
        most = max(left, key=lambda row: len(wanted.intersection(row.expected)))
        chosen[most.name] = tuple(id for id in most.expected if id in wanted)
        wanted -= most.expected.keys()
    return chosen


def of_the_run(requirement: Requirement) -> bool:
    """Whether it is about what a run with real money leaves behind, which no merchant's fault turns red."""
    return Probe.LEDGER in requirement.probes


def by_tests(requirement: Requirement) -> str:
    """How a requirement is proved that no defect turns red."""
    return f"Proved by {RUN_TESTS}." if of_the_run(requirement) else "No defect turns it red."


def proving(requirement: str, api: Api | None = None) -> list[Row]:
    """The rows that turn a requirement red, on this generation of PortOne or on either."""
    return [row for row in every_row().values() if requirement in row.expected and api in (None, row.api)]
