"""Options that several commands share, and the way from a command line to `Settings`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from actors.runtime.settings import Settings, SettingsError, read_settings
from deploy.trouble import Trouble

Function = Callable[..., Any]


def _needed(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if not value:
        raise click.UsageError("an API key is needed: KASIR_API_KEY, or --api-key.", ctx)
    return value


def with_options(*options: Callable[[Function], Function]) -> Callable[[Function], Function]:
    def add(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


SERVERS = with_options(
    click.option("--nats", "nats_url", metavar="URL", help="NATS server, instead of an embedded one: nats://user:password@host:4222."),
    click.option("--database", "database_url", metavar="URL", help="Postgres, instead of an embedded one: postgresql://user:password@host/name."),
    click.option("--data-dir", metavar="DIR", help="Where the embedded servers keep their data."),
)
HTTP = with_options(
    click.option("--host", "http_host", help="Address of the REST API (127.0.0.1)."),
    click.option("--port", "http_port", type=int, help="Port of the REST API (8080); 0 takes a free one."),
)
LOGS = click.option("--log-format", type=click.Choice(["console", "json"]), help="Logs for a person or for a machine (console).")
API = with_options(
    click.option("--url", envvar="KASIR_URL", default="http://127.0.0.1:8080", show_default=True, help="Where the REST API is; or KASIR_URL."),
    click.option("--api-key", envvar="KASIR_API_KEY", callback=_needed, help="An API key; better given as KASIR_API_KEY."),
)


def settings_from(**given: Any) -> Settings:
    """What was typed, or else the environment, or else the default. Trouble names the one that cannot be used."""
    try:
        return read_settings(os.environ, **given)
    except SettingsError as error:
        raise Trouble(str(error)) from None
