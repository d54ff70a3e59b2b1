"""`kasir verify`"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from deploy import api, options
from deploy.records import Record, read_records
from deploy.verifying import Compared, Digests, Stretch, compare, runs

SHOWN_MAX = 20


def _time(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter("a time such as 2026-05-04T10:00:00Z, or a date.", ctx, param) from None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


@click.command()
@click.argument("records", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--endpoint", "endpoint_id", required=True, type=click.UUID, metavar="ID", help="Your endpoint.")
@click.option("--first-seq", type=click.IntRange(min=1), help="Only from this seq on.")
@click.option("--last-seq", type=click.IntRange(min=1), help="Only up to this seq.")
@click.option("--from", "start", callback=_time, metavar="TIME", help="Only what came from then on (UTC, where no offset is given).")
@click.option("--until", callback=_time, metavar="TIME", help="Only what came before.")
@options.API
def command(
    records: Path, endpoint_id: UUID, first_seq: int | None, last_seq: int | None, start: datetime | None, until: datetime | None,
    url: str, api_key: str,
) -> int:  # fmt: skip
    """Prove that your records hold what Kasir has sent, byte for byte, or name what differs: then the exit code is 1.

    RECORDS is a file with one JSON object a line, {"seq": ..., "id": ..., "body": "..."}, or the SQLite file of the receiver in
    docs/examples. With WEBHOOK_SECRET in the environment, what Kasir says must be signed with it, too.
    """
    mine, unlike = read_records(records)
    compared, stretch = asyncio.run(_verify(url, api_key, str(endpoint_id), mine, first_seq, last_seq, start, until))
    for line in (*_told(compared, stretch, mine), *_listed("kept twice, with different contents", runs(sorted(set(unlike))))):
        click.echo(line)
    return 0 if compared.right and not unlike else 1


async def _verify(
    url: str, key: str, endpoint_id: str, mine: dict[int, Record], first: int | None, last: int | None, start: datetime | None,
    until: datetime | None,
) -> tuple[Compared, Stretch]:  # fmt: skip
    async with api.connect(url, key) as kasir:
        digests = Digests(kasir, endpoint_id, os.environ.get("WEBHOOK_SECRET", "").split())
        stretch = await digests.bounds(first, last, start, until)
        open_end = last is None and until is None
        return await compare(digests, mine, stretch, stretch[1] if open_end else None), stretch


# --- what is said ---------------------------------------------------------------------------------------------


def _told(compared: Compared, stretch: Stretch, mine: dict[int, Record]) -> Iterator[str]:
    first, last = stretch
    if last < first:
        yield "There is nothing to compare: Kasir has sent nothing in this stretch."
    elif compared.right:
        yield f"Seq {first} to {last}: your {compared.equal} events are those that Kasir has sent, byte for byte."
    else:
        yield f"Seq {first} to {last}: {compared.equal} of {last - first + 1} events are those that Kasir has sent."
    yield from _listed("missing from your records", compared.missing)
    yield from _listed("not from Kasir, or not any more", compared.extra)
    yield from (f"different from what was sent: {seq} ({kind})" for seq, kind in compared.different)
    if compared.looked_no_further:
        yield "There may be more that differs."
    yield from (f"worth something else by Kasir's own sums: {one.type}" for one in compared.wrong_sums)
    older = sum(1 for seq in mine if seq < first)
    if older:
        yield f"{older} older records were not compared."
    for kind in compared.sums:
        worth = ", ".join(f"{one.currency} {one.amount}" for one in kind.amounts)
        yield f"  {kind.type or 'no event at all'}: {kind.count}{f', {worth} in minor units' if worth else ''}"


def _listed(what: str, stretches: list[Stretch]) -> Iterator[str]:
    for first, last in stretches[:SHOWN_MAX]:
        yield f"{what}: {first}" if first == last else f"{what}: {first} to {last} ({last - first + 1})"
    if len(stretches) > SHOWN_MAX:
        yield f"{what}: {len(stretches) - SHOWN_MAX} more stretches"
