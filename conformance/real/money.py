"""`python -m conformance outstanding` and `refund`: what is still charged, and asking for it, without a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from conformance.machine.places import COMMAND
from conformance.merchant.drivers import counted, description_of, driver_of
from conformance.portone.api import PortOneApi
from conformance.real.account import api_of, keys_of, ledger_of, name_of, path_of, portone_of
from conformance.real.bookkeeping import Charge, ChargeBooks
from conformance.real.charges_told import came_back_lines, outstanding_lines
from conformance.real.giving_back import GivingBack
from conformance.real.ledger import Ledger, is_kept
from conformance.real.run_verdicts import AS_BEFORE, judged
from conformance.record.redaction import Redaction
from conformance.record.timeline import Timeline
from conformance.report import merging
from conformance.report.comparing import DocumentNotReadable, read_document
from conformance.settings.conformance_toml import Settings, SettingsError, settings_of
from conformance.settings.merchant_toml import MerchantFileError
from conformance.settings.secrets import SecretMissing
from conformance.target.deployment import permitted, surroundings_of
from conformance.target.waits import REPORTS, beside, folder_of
from conformance.verdict import reasons
from conformance.verdict.algebra import Verdict


class Misused(Exception):
    """It cannot be done as asked; the text is one line."""


@dataclass
class Money:
    """The ledger and, where the settings have its keys, the account; `told` is what was done, for a person."""

    ledger: Ledger
    back: GivingBack | None
    settings: Settings
    told: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """What is outstanding, and what could not be done."""
        troubles = (
            self.back.troubles.values()
            if self.back
            else ["PortOne was not asked: conformance.toml has no [portone] table."]
        )
        return [*self.ledger.told, *self.told, *outstanding_lines(self.ledger.books()), *troubles]

    @property
    def is_out(self) -> bool:
        """Whether real money has not come back, or nobody could look."""
        return bool(self.ledger.outstanding()) or bool(self.back and self.back.troubles)

    def look(self) -> None:
        """See what PortOne says now."""
        if self.back:
            self.back.look_up()
            self.back.read_orders()

    def refund(self, imp_uids: Sequence[str], *, again: bool) -> None:
        """Ask for these (all: none named), also for what was asked for already where `again`. Raises Misused."""
        if self.back is None:
            raise Misused("refund needs the account's keys: a [portone] table in conformance.toml")
        before = self.ledger.books()
        self.back.look_up()
        known = {charge.imp_uid: charge for charge in self.ledger.books().charges.values()}
        for imp_uid in imp_uids:
            self._possible(imp_uid, known.get(imp_uid), self.back.account)
        self.back.ask(imp_uids, again=again)
        self.back.wait(imp_uids)
        self.back.read_orders()
        self.told += came_back_lines(before, self.ledger.books())

    def attested(self, imp_uid: str, who: str) -> None:
        """Somebody saw that the money of a charge came back, where PortOne does not say so. Raises Misused."""
        charge = next((one for one in self.ledger.books().charges.values() if one.imp_uid == imp_uid), None)
        if charge is None:
            raise Misused(f"{imp_uid} is not in {self.ledger.path}: `{COMMAND} outstanding` lists what is")
        self.ledger.came_back(charge.account, imp_uid, charge.amount, f"seen by {who}")

    def restored(self, name: str, who: str) -> None:
        """Somebody put a setting of the merchant's back: write the runs' reports anew. Raises Misused."""
        before = self.ledger.books()
        changed = before.not_restored()
        if name not in changed:
            told = f"what was changed: {', '.join(changed)}" if changed else "no setting is to be put back"
            raise Misused(f"{name!r} is not what a run changed; {told}")
        self.ledger.setting_restored(name, f"attested by {who}")
        runs = [one.run for one in before.settings.values() if one.name == name and not one.restored]
        self.told += rewritten(self.ledger.books(), runs, self.settings)

    def _possible(self, imp_uid: str, charge: Charge | None, account: str) -> None:
        if charge is None:
            raise Misused(f"{imp_uid} is not in {self.ledger.path}: `{COMMAND} outstanding` lists what is")
        if charge.account != account:
            raise Misused(f"{imp_uid} was charged at {charge.account}, and [portone] has the keys of {account}")


@contextmanager
def money(config: str | None, folder: Path) -> Iterator[Money]:
    """The ledger that the settings name, opened for this process. Raises SettingsError, SecretMissing, and more."""
    settings = settings_of(config, folder)
    if not is_kept(path := path_of(settings)):
        raise Misused(
            f"charges.ledger: there is no {path}, and nothing is known; name the run's settings: --config=FILE"
        )
    with ExitStack() as stack:
        timeline = Timeline(Redaction())
        portone, generation = portone_of(settings), settings.api
        name = name_of(portone, generation) if portone else ""

        def attempt_of(imp_uid: str) -> str | None:
            return ledger.books().attempt_of(name, imp_uid)

        keys = keys_of(portone, generation) if portone else None
        api = api_of(portone, keys, timeline, generation, attempt_of) if portone and keys else None
        if api:
            stack.callback(api.close)
        ledger = ledger_of(settings, api)
        stack.callback(ledger.close)
        yield Money(ledger, _back(stack, settings, ledger, api, timeline, name) if api else None, settings)


def _back(
    stack: ExitStack, settings: Settings, ledger: Ledger, api: PortOneApi, timeline: Timeline, name: str
) -> GivingBack:
    back = GivingBack(ledger, api, name, settings.charges)
    if settings.merchant is not None and settings.target == "golive":
        merchant = permitted(settings, "golive")
        described = description_of(merchant, settings.folder)
        if described is None or described.needs_browser:
            return back  # PortOne is asked, and tells it
        surroundings = surroundings_of(settings, merchant, timeline, api.found)
        driver = driver_of(merchant, surroundings, settings.folder)
        stack.callback(driver.close)
        back.merchant = counted(driver, surroundings.allowance, None)
        back.merchant_name = merchant.base_url
    return back


UNUSABLE = (SettingsError, SecretMissing, MerchantFileError, Misused)
"""What is told in one line, with exit code 2."""


_NONE_LEFT = "its reports were overwritten or moved away, so they are as they were; the ledger has it"


def rewritten(books: ChargeBooks, runs: Sequence[str], settings: Settings) -> list[str]:
    """Write the reports of these runs anew, wherever they are kept, and say what they come to now, in lines.

    RUN-03 was REVIEW in them until a person had put back what the run changed.
    """
    return [line for run in runs for line in _of_run(books, run, settings)]


def _of_run(books: ChargeBooks, run: str, settings: Settings) -> Iterator[str]:
    verdict, causes = judged(books, run, ())[AS_BEFORE]
    reason = reasons.told(causes)
    if not run or verdict is not Verdict.PASS:  # another setting of it is to be put back
        return
    kept = folder_of(settings) / run / REPORTS  # what `resume` goes on from
    folders = [kept]
    if told := books.runs.get(run, {}).get("reports"):
        folders = [Path(told), beside(Path(told), run), kept]
    found = [folder for folder in folders if _has(folder, run)]
    for folder in found:
        try:
            document, _ = merging.judge_anew(folder, {AS_BEFORE: (verdict, causes)})
        except OSError as error:
            yield f"{error.filename or folder}: {error.strerror or error}; the ledger has it"
            continue
        if folder != kept or found == [kept]:
            yield f"{document.conclusion}  {AS_BEFORE} is PASS, {reason}; {folder}"
    if not found:
        yield f"{AS_BEFORE} of run {run} is PASS, {reason}; {_NONE_LEFT}"


def _has(folder: Path, run: str) -> bool:
    """Whether these are the run's reports, and not those of another one that was written there since."""
    try:
        return read_document(folder).run == run
    except DocumentNotReadable:
        return False
