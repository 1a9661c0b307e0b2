"""The target merchant: the emulator in this process at addresses that stay the same, and your deployment elsewhere."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext

from conformance.machine.places import COMMAND
from conformance.merchant.drivers import counted, driver_of, named_anew
from conformance.merchant.protocol import Merchant
from conformance.merchant.surroundings import LOOPBACK, Allowance, Surroundings, gate_of
from conformance.network.certificates import issued
from conformance.network.gateway import Gateway, HostsFileListener, Lead, is_provider
from conformance.network.receiver import WebhookReceiver
from conformance.portone.accounts import PROVIDERS, AgreedChannel, account_settings, open_test_project
from conformance.record.timeline import Event, Timeline
from conformance.settings.conformance_toml import EmulatorSettings, MerchantSettings, Settings, SettingsError
from conformance.settings.secrets import revealed, webhook_secrets
from conformance.target.liveness import Liveness
from conformance.target.options import RunOptions
from conformance.target.preflight import Preflight
from conformance.target.target import Target
from conformance.verdict.catalogue import Stage
from conformance.verdict.endings import NotObservable, causes_of
from conformance.verdict.reasons import Cause, Why
from emulator import defaults
from emulator.certificates import certificates_in
from emulator.listening import PortTaken, bound
from emulator.server import Emulator


@contextmanager
def deployment(timeline: Timeline, options: RunOptions) -> Iterator[Target]:
    """Start the emulator with the account that the merchant is configured for, the receiver and the gateway.

    Raises SettingsError where the settings do not allow it, SecretMissing and MerchantFileError, before anything is
    sent to the merchant.
    """
    settings = options.settings
    merchant_settings = permitted(settings)
    with ExitStack() as stack:
        ca_file = context = None
        if options.stage is Stage.LIVE:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="receiver-")))
            ca_file, context = issued(folder, names=_names(settings.receiver.public_url))
        emulator = _started(stack, settings, ca_file, options.certificates)
        receiver = receiving(stack, timeline, options, context)
        account = account_of(settings.emulator, options, receiver.url)
        open_test_project(emulator.url, account, emulator.control_token)
        speaking = PROVIDERS[options.api]
        provider = speaking(emulator.url, account, timeline, token=emulator.control_token, own=False)
        stack.callback(provider.close)
        lead = Lead("127.0.0.1", emulator.port, emulator.tls_port)
        gateway = _leading(stack, settings, merchant_settings, lead, timeline)
        lenient = options.certificates is None or not merchant_settings.verify_certificates
        led = {"proxy": {"server": gateway.url}, "ignore_https_errors": lenient}
        surroundings = surroundings_of(settings, merchant_settings, timeline, provider.imp_uid, options.sessions(led))
        driver = driver_of(merchant_settings, surroundings, settings.folder)
        stack.callback(driver.close)
        receiver.merchant_url = endpoint = endpoint_of(driver, surroundings)
        receiver.spoken = provider.webhooks
        receiver.may_reach = surroundings.may_reach
        receiver.let_in = gate_of(merchant_settings, webhooks=True).pass_through
        receiver.reaches_nobody = bool(getattr(driver, "has_no_webhook", False))
        _leading_the_server(stack, settings, merchant_settings, lead, timeline)
        emulator_url = settings.emulator.public_url or emulator.url
        yield Target(
            options,
            timeline,
            provider,
            named_anew(counted(driver, surroundings.allowance, options.orders_file), provider.was_paid),
            receiver,
            led,
            takes_browser=True,
            own_endpoint=endpoint,
            reroute_to=receiver.url if merchant_settings.notice_url == "reroute" else "",
            liveness=Liveness(
                merchant_settings.base_url,
                verify=merchant_settings.verify_certificates,
                scale=options.limit_scale,
                restart=merchant_settings.restart,
                gate=surroundings.gate,
            ),
            preflight=lambda target: Preflight(target, emulator_url).legs(),
        )


def account_of(emulator: EmulatorSettings, options: RunOptions, endpoint: str) -> Mapping[str, object]:
    """The account at the emulator, with its keys and channels as they are configured. Raises SecretMissing."""
    mid = emulator.mid
    keys = [emulator.channel_key, f"{emulator.channel_key}-of-the-other-stage"]
    of_test, of_live = keys if options.stage is Stage.TEST else reversed(keys)
    test = AgreedChannel(of_test, defaults.mid_for_tests(mid), defaults.secret_key(defaults.mid_for_tests(mid)))
    live = AgreedChannel(of_live, mid, defaults.secret_key(mid))
    settings = account_settings(options.stage, endpoint, test=test, live=live, addresses=emulator.allowed_addresses)
    return {
        **settings,
        "imp_code": emulator.imp_code,
        "imp_key": emulator.imp_key,
        "imp_secret": revealed(emulator.imp_secret, "emulator.imp_secret"),
        "v2": _v2_of(emulator, options, endpoint),
        "timeout_scale": options.limit_scale,
    }


def _v2_of(emulator: EmulatorSettings, options: RunOptions, endpoint: str) -> Mapping[str, object]:
    """What V2's console has: the webhook secrets are those of the stage. Raises SecretMissing and SettingsError."""
    try:
        given = webhook_secrets(emulator.webhook_secrets, "emulator.webhook_secrets")
    except ValueError as error:
        raise SettingsError(str(error)) from error
    known = {stage: [defaults.WEBHOOK_SECRETS[stage]] for stage in Stage}
    secrets = {**known, **({options.stage: given} if given else {})}
    return {
        "store_id": emulator.store_id,
        "api_secret": revealed(emulator.api_secret, "emulator.api_secret"),
        "webhook": {stage: {"url": endpoint, "secrets": own} for stage, own in secrets.items()},
    }


def surroundings_of(
    settings: Settings,
    merchant: MerchantSettings,
    timeline: Timeline,
    imp_uid: Callable[[str], str | None],
    new_context: Callable[..., BrowserContext] | None = None,
) -> Surroundings:
    """What the driver works with. Raises SecretMissing."""
    webhook = merchant.webhook and urljoin(merchant.base_url + "/", merchant.webhook)
    return Surroundings(
        base_url=merchant.base_url.rstrip("/"),
        timeline=timeline,
        secrets={name: revealed(secret, f"merchant.secrets.{name}") for name, secret in merchant.secrets.items()},
        webhook_url=webhook,
        hosts=hosts_of(merchant),
        allowance=Allowance(settings.limits.requests, settings.limits.orders),
        imp_uid=imp_uid,
        new_context=new_context,
        limit_seconds=settings.limits.wait_seconds,
        verify=merchant.verify_certificates,
        gate=gate_of(merchant),
    )


def endpoint_of(driver: Merchant, surroundings: Surroundings, configured: str = "") -> str:
    """Where the merchant takes webhooks, unless it is configured. Raises SettingsError where nobody says it."""
    try:
        endpoint = configured or driver.webhook_url()
    except NotObservable as reason:
        raise SettingsError(*causes_of(reason)) from reason
    surroundings.may_reach(endpoint)
    return endpoint


def hosts_of(merchant: MerchantSettings) -> frozenset[str]:
    """The hosts that orders, refunds and forgeries may be sent to."""
    return LOOPBACK | {host.lower() for host in merchant.allowed_hosts}


def authority_of(settings: Settings) -> Path:
    """The CA file that the merchant's server must trust, made now unless it is there. Raises SettingsError."""
    folder = _certificates(settings)
    if folder is None:
        raise SettingsError(Cause(Why.SET_NO_CERTIFICATES))
    try:
        return certificates_in(folder).ca_file
    except OSError as error:
        raise _unusable(folder, error) from error


def _certificates(settings: Settings) -> Path | None:
    named = settings.emulator.certificates
    return named and settings.folder / named.expanduser()


def _unusable(folder: Path, error: OSError) -> SettingsError:
    facts = {"folder": str(folder), "said": str(error.strerror or error)}
    return SettingsError(Cause(Why.SET_FOLDER, facts=facts))


def permitted(settings: Settings, target: str = "merchant") -> MerchantSettings:
    """The merchant's settings, where it may be tested at all. Raises SettingsError."""
    merchant = settings.merchant
    if merchant is None:
        raise SettingsError(Cause(Why.SET_NO_MERCHANT, facts={"target": target, "command": COMMAND}))
    for key, address in (("base_url", merchant.base_url), ("webhook", merchant.webhook or "")):
        host = (urlsplit(address).hostname or "").lower()
        if is_provider(host):
            raise SettingsError(Cause(Why.SET_PROVIDER, facts={"key": key, "host": host}))
        if host and host not in hosts_of(merchant):
            raise SettingsError(Cause(Why.SET_NOT_ALLOWED, facts={"key": key, "host": host}))
    return merchant


def _names(public_url: str | None) -> list[str]:
    host = urlsplit(public_url or "").hostname
    return [host] if host and host not in LOOPBACK else []


def _started(stack: ExitStack, settings: Settings, ca_file: Path | None, made: Path | None) -> Emulator:
    emulator = settings.emulator
    if emulator.certificates is not None:
        authority_of(settings)
    folder = _certificates(settings) or made
    try:
        return stack.enter_context(
            Emulator(
                emulator.port, host=emulator.host, tls_port=emulator.tls_port, certificates=folder, trusted=ca_file
            )
        )
    except PortTaken as taken:
        port = Cause(Why.SAID, facts={"said": f"emulator.port, emulator.tls_port: {taken}"})
        raise SettingsError(port, Cause(Why.SET_PORT_DESK, facts={"command": COMMAND})) from taken


def receiving(
    stack: ExitStack, timeline: Timeline, options: RunOptions, context: ssl.SSLContext | None
) -> WebhookReceiver:
    """The receiver, listening where the settings say. Raises SettingsError where its port is taken."""
    receiver = options.settings.receiver
    try:
        bound(receiver.host, receiver.port).close()  # the server itself would end the whole process
    except PortTaken as taken:
        raise SettingsError(f"receiver.port: {taken}") from taken
    return stack.enter_context(
        WebhookReceiver(
            timeline,
            host=receiver.host,
            port=receiver.port,
            public_url=receiver.public_url,
            tls=context,
            limit_scale=options.limit_scale,
        )
    )


def _leading(
    stack: ExitStack, settings: Settings, merchant: MerchantSettings, lead: Lead, timeline: Timeline
) -> Gateway:
    allowed = hosts_of(merchant) | {host.lower() for host in merchant.browser_hosts}

    wanted = Gateway(
        lead, allowed, settings.gateway.host, settings.gateway.port, on_refused=_noting(timeline, "browser")
    )
    try:
        return stack.enter_context(wanted)
    except OSError as taken:
        raise SettingsError(_port_unusable("gateway.port", settings.gateway.port, taken)) from taken


def _leading_the_server(
    stack: ExitStack, settings: Settings, merchant: MerchantSettings, lead: Lead, timeline: Timeline
) -> None:
    """The gateway for the merchant's server, and the listener for hosts-file entries, where they are wanted."""
    if (proxy := settings.server_gateway) is not None:
        gateway = Gateway(
            lead,
            hosts_of(merchant) | {host.lower() for host in proxy.hosts},
            proxy.host,
            proxy.port,
            on_refused=_noting(timeline, "merchant"),
            pass_others=proxy.others == "pass",
            hint='Add it to server_gateway.hosts in conformance.toml, or set others = "pass" there.',
        )
        try:
            stack.enter_context(gateway)
        except OSError as taken:
            raise SettingsError(_port_unusable("server_gateway.port", proxy.port, taken)) from taken
    if (entry := settings.hosts_file) is not None:
        try:
            bound(entry.host, entry.port).close()  # for the sentence that it says
            stack.enter_context(HostsFileListener(lead, entry.host, entry.port))
        except OSError as taken:
            raise SettingsError(Cause(Why.SET_HOSTS_FILE, facts={"said": str(taken)})) from taken


def _port_unusable(key: str, port: int, error: OSError) -> Cause:
    return Cause(Why.SET_PORT_UNUSABLE, facts={"key": key, "port": str(port), "said": str(error)})


def _noting(timeline: Timeline, who: str) -> Callable[[str], None]:
    def refused(host: str) -> None:
        now = time.time()
        timeline.record(Event("refused", who, host, f"The gateway does not forward to {host}", now, now))

    return refused
