"""`kasir chaos-listen`"""

from __future__ import annotations

import asyncio

import click

from deploy.trouble import Trouble, WrongUse


@click.command()
@click.argument("url", metavar="URL")
@click.option("--secret", envvar="WEBHOOK_SECRET", required=True, metavar="whsec_...", help="What the listener verifies with; or WEBHOOK_SECRET.")
@click.option("--state-url", metavar="URL", help='A GET here tells what the listener has: {"ids": [...]} or {"events": 7}.')
@click.option("--timeout", type=click.FloatRange(1, 30), default=15.0, show_default=True, help="Seconds in which the listener must answer.")
def command(url: str, secret: str, state_url: str | None, timeout: float) -> int:
    """Try a listener: play Kasir's part against it, well and badly, and say what it handled.

    The listener gets events that never happened: give it books that can be thrown away. Ends with exit code 1 when it failed in something.
    """
    from actors.webhooks.signing import secret_key
    from deploy.chaos.report import examine

    try:
        secret_key(secret)
    except ValueError as error:
        raise WrongUse(f"--secret cannot be used: {error}. It looks like whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw.") from None
    if not url.startswith(("http://", "https://")):
        raise Trouble(f"{url!r} is not a URL such as http://127.0.0.1:9000/kasir.")
    outcomes = asyncio.run(examine(url, secret, state_url, timeout, click.echo))
    return 1 if any(outcome.complaint for outcome in outcomes) else 0
