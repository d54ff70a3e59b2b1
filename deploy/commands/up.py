"""`kasir up`"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import chain
from typing import TYPE_CHECKING, Any

import click
import msgspec

from actors.runtime.logs import configure_logs
from actors.runtime.settings import Settings
from actors.staff.contract import ENSURE_OWNER, EnsureOwner, Owner
from deploy import compose, options, servers
from deploy.crew import Crew
from deploy.embedded.data_dir import locked, settle_secret_key
from deploy.ending import Ending, run_until_told
from deploy.metrics_port import serve_metrics
from deploy.trouble import Trouble

if TYPE_CHECKING:
    from actors.runtime.client import Client

START_SECONDS_MAX = 60.0
PROCESSES_MAX = 64


Parts = list[tuple[str, int]]


class Scale(click.ParamType[Parts]):
    """`orders=2,webhooks=4`: how many processes of which parts."""

    name = "scale"

    def split_envvar_value(self, rv: str) -> list[str]:
        """One value, whatever blanks are in it."""
        return [rv]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Parts:
        found: Parts = []
        for word in str(value).split(","):
            part, _, count = word.strip().partition("=")
            if part not in compose.PARTS or not count.isdecimal() or not 1 <= int(count) <= PROCESSES_MAX:
                parts = ", ".join(compose.PARTS)
                self.fail(f"{word.strip()!r} is not one of {parts}, with = and 1 to {PROCESSES_MAX}, such as orders=2.", param, ctx)
            found.append((part, int(count)))
        return found


def _once_each(ctx: click.Context, param: click.Parameter, given: Sequence[Parts]) -> dict[str, int]:
    """Of all that was given, be it in several options."""
    scale: dict[str, int] = {}
    for part, count in chain.from_iterable(given):
        if part in scale:
            raise click.BadParameter(f"{part} is named twice. Say once how many processes of it there are to be.", ctx, param)
        scale[part] = count
    return scale


@click.command()
@options.SERVERS
@options.HTTP
@click.option(
    "--scale", type=Scale(), envvar="KASIR_SCALE", metavar="PART=N,...", multiple=True, callback=_once_each,
    help="Separate processes: orders=2,webhooks=4,edge=2.",
)  # fmt: skip
@options.LOGS
def command(scale: dict[str, int], **given: Any) -> int:
    """Start everything on this machine: servers, actors, API. Ctrl-C drains and stops it.

    Without --nats and --database it brings its own servers, whose data stays in the data directory.
    """
    settings = options.settings_from(**given)
    configure_logs(settings)
    return run_until_told(lambda ending: _up(settings, scale, ending))


async def _up(settings: Settings, scale: Mapping[str, int], ending: Ending) -> None:
    """Whatever ends it, what has started stops in the opposite order: edges, members, NATS, PostgreSQL."""
    folder = settings.data_path.resolve()
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(folder))
        settings = stack.enter_context(compose.taken_port(settings))
        loading = asyncio.create_task(compose.load_meanwhile())
        settings = await stack.enter_async_context(servers.embedded(settings, folder, _say))
        await loading
        settings = await stack.enter_async_context(_provider(settings))
        serve_metrics(settings)
        crew = Crew(settings, scale)
        stack.push_async_callback(lambda: ending.drain(crew.stop()))
        crew.start()
        owner_key = await crew.unless_one_falls(_start(settings, scale, crew, stack, ending))
        crew.started()
        settle_secret_key(folder)
        _announce(settings, scale, owner_key)
        await asyncio.Event().wait()


def _provider(settings: Settings) -> AbstractAsyncContextManager[Settings]:
    """The settings with a simulated payment provider, if they want one of ours."""
    from deploy.simulated_provider import beside

    return beside(settings)


async def _start(settings: Settings, scale: Mapping[str, int], crew: Crew, stack: AsyncExitStack, ending: Ending) -> str | None:
    """What runs in this process. The owner's key, if it was made now."""
    client = await ending.enter(stack, compose.members(settings, [name for name in compose.ACTORS if name not in scale]))
    stack.push_async_callback(lambda: ending.drain(crew.stop(compose.EDGE)))
    if compose.EDGE not in scale:
        await ending.enter(stack, compose.edge(settings, client))
    owner_key = await _owner_key(client)
    await crew.ready()
    from deploy.ready import wait_until_ready

    await wait_until_ready(settings)
    return owner_key


async def _owner_key(client: Client) -> str | None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS_MAX
    while True:
        reply = await client.ask(ENSURE_OWNER, EnsureOwner())
        if reply.refusal is None:
            return msgspec.json.decode(reply.body, type=Owner).key
        if asyncio.get_running_loop().time() > deadline:
            raise Trouble(f"the owner's API key could not be made: {reply.refusal.detail}")


def _announce(settings: Settings, scale: Mapping[str, int], owner_key: str | None) -> None:
    url = compose.url_of(settings)
    lines = [("API", url), ("Docs", f"{url}/docs"), ("Data", str(settings.data_path.resolve()))]
    if scale:
        lines.append(("Processes", ", ".join(f"{count} of {part}" for part, count in scale.items())))
    if settings.metrics_port:
        last = settings.metrics_port + sum(scale.values())
        lines.append(("Metrics", " to ".join(dict.fromkeys(f"http://{settings.http_host}:{port}/metrics" for port in (settings.metrics_port, last)))))
    if settings.payments_providers:
        lines.append(("Payments", f"through {settings.payments_providers} (KASIR_PAYMENTS_PROVIDERS)"))
    if settings.webhooks_allow:
        lines.append(("Webhooks", f"may reach {settings.webhooks_allow} although private (KASIR_WEBHOOKS_ALLOW)"))
    if owner_key:
        lines.append(("Owner's key", f"{owner_key}   shown only this once"))
    click.echo("\n".join(["Kasir is running.", *(f"  {name:<13}{value}" for name, value in lines), "Ctrl-C stops it."]))


def _say(line: str) -> None:
    click.echo(f"kasir: {line}", err=True)
