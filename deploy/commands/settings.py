"""`kasir settings`"""

from __future__ import annotations

import os
import re
from typing import Any, get_type_hints

import click
import msgspec

from actors.runtime.settings import PREFIX, Settings
from deploy import options

SECRETS = {"secret_key"}
PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):?[^/@\s]*@")


@click.command()
@options.SERVERS
@options.HTTP
@options.LOGS
@click.option("-v", "--verbose", is_flag=True, help="Say what each one is for.")
def command(verbose: bool, **given: Any) -> None:
    """Show every setting, its value, and where that came from. Secrets are masked."""
    settings = options.settings_from(**given)
    about = get_type_hints(Settings, include_extras=True)
    for name in settings.__struct_fields__:
        click.echo(f"{PREFIX + name.upper():<40} {shown(name, getattr(settings, name)):<40} {_source(name, given)}")
        if verbose:
            click.echo(f"    {_description(about[name])}")


def shown(name: str, value: Any) -> str:
    """A setting as anybody may read it: `-` when it is empty, no passwords."""
    if value == "":
        return "-"
    if name in SECRETS:
        return "********"
    return PASSWORD.sub(lambda found: f"{found[1]}:********@" if ":" in found[0] else "********@", str(value))


def _source(name: str, given: dict[str, Any]) -> str:
    if given.get(name) is not None:
        return "command line"
    return "environment" if os.environ.get(PREFIX + name.upper()) else "default"


def _description(hint: Any) -> str:
    found = [part.description for part in getattr(hint, "__metadata__", ()) if isinstance(part, msgspec.Meta) and part.description]
    return found[-1] if found else ""
