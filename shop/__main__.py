"""`python -m shop`: the shop on its own, or one reconciliation of its orders."""

import runpy
from pathlib import Path

# What is missing is said before it is imported. By its file: nothing here imports the suite.
if (checking := Path(__file__).resolve().parents[1] / "conformance" / "installed.py").exists():
    runpy.run_path(str(checking))

# isort: split

import signal
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from shop.emulated import EMULATED_PASSWORD, NoEmulator, register_webhook, settings_from
from shop.results import reconcile
from shop.server import PortTaken, Shop
from shop.settings import Api, DeployedApi, DeploymentSettings
from shop.switches import UnknownSwitch, switched

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def main(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8741,
    env_file: Annotated[Path, typer.Option(help="Settings as SHOP_… lines.")] = Path(".env"),
    api: Annotated[Api | None, typer.Option(help="PortOne's generation; without it SHOP_API, or v1.")] = None,
    portone_api_url: Annotated[str | None, typer.Option(help="PortOne's API, or an emulator's address.")] = None,
    sdk_url: Annotated[str | None, typer.Option(help="PortOne's browser SDK.")] = None,
    database_url: Annotated[str | None, typer.Option(help="SQLAlchemy address; without one nothing is kept.")] = None,
    emulator: Annotated[str | None, typer.Option(help="Take keys from the account of this emulator.")] = None,
    reconcile_only: Annotated[
        bool, typer.Option("--reconcile", help="Look every open order up once, then end.")
    ] = False,
    defect: Annotated[list[str] | None, typer.Option(help="Have this fault (repeatable).", metavar="NAME")] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Work in this other, conformant way (repeatable).", metavar="NAME")
    ] = None,
) -> None:
    """Sells mugs, tea and prints through Paymentwall over PortOne V1 or V2. Settings come from SHOP_… variables."""
    typed: dict[str, Any] = {
        "api": api,
        "portone_api_url": portone_api_url,
        "sdk_url": sdk_url,
        "database_url": database_url,
    }
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing of a throw-away database stays
    try:
        emulated = emulator and emulator.rstrip("/")
        spoken = api or DeployedApi(_env_file=env_file).api
        options = settings_from(emulated, spoken) if emulated else {}
        options |= {name: value for name, value in typed.items() if value}
        settings = DeploymentSettings(_env_file=env_file, **options)
        with switched(defect or [], variant or []), Shop(settings, 0 if reconcile_only else port) as shop:
            if reconcile_only:
                typer.echo(
                    "{looked_at} orders looked at, {changed} changed, {failed} failed".format(**reconcile(shop.store))
                )
                return
            typer.echo(f"The shop is open at {shop.url} (operator: {shop.url}/operator/orders). Ctrl-C closes it.")
            webhook_url = f"{shop.settings.public_url}/webhooks/portone"
            typer.echo(f"PortOne's webhook address: {webhook_url}")
            if emulated:
                register_webhook(emulated, settings.imp_code, settings.stage, webhook_url, spoken)
                typer.echo(f"It is registered at the emulator, and the operator's password is {EMULATED_PASSWORD!r}.")
            shop.wait()
    except ValidationError as error:
        told = ((str(fault["loc"][0]), fault["msg"].removeprefix("Value error, ")) for fault in error.errors())
        wrong = ", ".join(f"SHOP_{name.upper()} ({why})" for name, why in told)
        _stop(f"These settings are missing or wrong: {wrong}")
    except UnicodeDecodeError:
        _stop(f"{env_file} is not UTF-8: save it as UTF-8.")
    except (PortTaken, NoEmulator, UnknownSwitch) as error:
        _stop(str(error))
    except KeyboardInterrupt:
        typer.echo("Closed.")


def _stop(reason: str) -> NoReturn:
    """Ends with one line for a person and exit code 2."""
    typer.echo(reason, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    if (output := checking.with_name("machine") / "output.py").exists():
        runpy.run_path(str(output))["watch"]()
    app(prog_name="python -m shop")
