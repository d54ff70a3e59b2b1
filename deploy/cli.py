"""The `kasir` command: a table of subcommands, each imported when it is called, so that `kasir --help` is quick."""

from __future__ import annotations

import gc
import logging
import sys
from importlib import import_module
from typing import Any

import click

from deploy.trouble import Trouble

COMMANDS = {
    "up": ("deploy.commands.up", "Start everything on this machine: servers, actors, API."),
    "run": ("deploy.commands.run", "Run members of the named actors, or the edge, anywhere."),
    "import": ("deploy.commands.import_", "Bring in products from a CSV file."),
    "simulate": ("deploy.commands.simulate", "Fill Kasir with a month of a minimarket's life."),
    "listen": ("deploy.commands.listen", "See webhooks in this terminal, and check their signatures."),
    "trigger": ("deploy.commands.trigger", "Make an event happen, in a demo store."),
    "verify": ("deploy.commands.verify", "Prove that a listener's records are whole, or name what differs."),
    "chaos-listen": ("deploy.commands.chaos_listen", "Try a listener: doubles, disorder, forgeries, outages."),
    "api-key": ("deploy.commands.api_key", "Make an API key without having one."),
    "staff": ("deploy.commands.staff", "Add the first person; give a forgotten password."),
    "dead-letters": ("deploy.commands.dead_letters", "List events that could not be handled; send them again."),
    "log": ("deploy.commands.log", "Publish an actor's log again."),
    "report": ("deploy.commands.report", "Sales and other reports, in the terminal or as a file."),
    "doctor": ("deploy.commands.doctor", "Look at everything; count figures again from the log."),
    "check": ("deploy.commands.check", "Prove that stock and money are right, or name what differs."),
    "settings": ("deploy.commands.settings", "Show every setting, its value, and where that came from."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and line of help; each module has its command as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kasir", message="kasir %(version)s")
def kasir() -> None:
    """Kasir: a point-of-sale platform. Every setting is also a variable: --port is KASIR_HTTP_PORT. `kasir settings -v` lists them."""


def worth_telling(record: logging.LogRecord) -> bool:
    """asyncio complains at every end of a TLS connection to NATS, and it is nothing that anybody could put right."""
    return "eof_received" not in str(record.msg)


def main(args: list[str] | None = None) -> None:
    # Nearly all that a request makes is freed by counting, and cycles are rare. What is loaded stays: as often as Python looks by itself,
    # loading takes a twentieth longer.
    gc.set_threshold(50_000, 20, 50)
    logging.getLogger("asyncio").addFilter(worth_telling)
    try:
        sys.exit(run(args))
    except Trouble as trouble:
        print(f"kasir: {trouble}", file=sys.stderr)
        sys.exit(trouble.exit_code)
    except KeyboardInterrupt:  # before anything has started
        sys.exit(130)


def run(args: list[str] | None = None) -> Any:
    """The exit code, in which click's own complaints are already told."""
    try:
        return kasir.main(args=args, prog_name="kasir", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return 2
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "kasir"
        print(f"kasir: {error.format_message()} See `{where} --help`.", file=sys.stderr)
        return 2
    except click.Abort:
        return 130


if __name__ == "__main__":
    main()
