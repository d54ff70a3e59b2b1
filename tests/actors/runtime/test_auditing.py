"""Who did what: there if, and only if, the change is there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from actors.runtime import upkeep
from actors.runtime.auditing import ids_in
from actors.runtime.ids import new_id, now
from actors.runtime.upkeep import AuditEntry, ReadAudit
from tests.actors.runtime.conftest import Stages, texts
from tests.actors.runtime.sample.actors import CONFIDE, SAY, AddNote

READ = upkeep.read_audit("notes")


async def entries(stages: Stages, **wish: Any) -> list[AuditEntry]:
    return (await stages.client.call(READ, ReadAudit(**wish))).items


async def test_a_batch_has_a_row_for_each_person_without_what_was_refused_or_replayed_or_asked_by_nobody(stages: Stages) -> None:
    _, stage = await stages.run_notes()
    await stages.add("before", by="ani", key="again")
    hold = asyncio.create_task(stages.add("hold"))
    await stage.held.wait()
    named: list[tuple[str, dict[str, Any]]] = [
        ("a", {"by": "ani", "request_id": "r1"}), ("b", {"by": "budi"}), ("c", {"by": "ani", "request_id": "r2"}), ("no", {"by": "citra"}),
        ("d", {"by": "ani", "approved_by": "sari"}), ("e", {}), ("before", {"by": "ani", "key": "again"}),
    ]  # fmt: skip
    asked = [asyncio.create_task(stages.add(text, **who)) for text, who in named]
    lane = next(lane for lane in stages.runtimes[0]._members[0].lanes if lane.command.subject == "notes.add")
    while len(lane._waiting) < len(named):
        await asyncio.sleep(0)
    stage.gate.set()
    await asyncio.gather(hold, *asked)

    kept = [entry for entry in await entries(stages) if entry.about != ["before"]]
    found = sorted((entry.by, entry.approved_by, entry.count, entry.request_ids) for entry in kept[: len(kept) - 1])
    assert found == [("ani", "", 2, ["r1", "r2"]), ("ani", "sari", 1, []), ("budi", "", 1, [])]
    assert {(entry.actor, entry.command) for entry in kept} == {("notes", "notes.add")}
    assert kept[-1].by == "ani"


async def test_what_changes_nothing_or_is_undone_leaves_no_row(stages: Stages) -> None:
    await stages.run_notes()

    await stages.client.call(SAY, AddNote(text="hello"), by="ani")
    assert texts([await stages.add("boom", by="ani"), await stages.add("no", by="ani")]) == ["runtime.failed", "notes.no"]
    assert await entries(stages) == []

    await stages.client.call(CONFIDE, AddNote(text="secret"), by="ani", key="k")
    [entry] = await entries(stages)
    assert (entry.command, entry.count) == ("notes.confide", 1)
    assert await stages.column("SELECT count(*) FROM notes.audit WHERE audit::text LIKE '%secret%'") == [0]


async def test_it_is_found_by_who_what_about_and_when_page_by_page(stages: Stages) -> None:
    await stages.run_notes()
    for number in range(5):
        await stages.add(f"note {number}", by="ani" if number % 2 else "budi", approved_by="sari" if number == 3 else "")
    everything = await entries(stages)

    assert [entry.by for entry in everything] == ["budi", "ani", "budi", "ani", "budi"]
    assert sorted(((entry.at, entry.id) for entry in everything), reverse=True) == [(entry.at, entry.id) for entry in everything]
    assert await entries(stages, by="ani") == [everything[1], everything[3]]
    assert await entries(stages, approved_by="sari") == [everything[1]]
    assert await entries(stages, command="notes.confide") == []
    assert await entries(stages, since=everything[2].at, until=everything[0].at) == everything[1:3]
    assert await entries(stages, until=now() - timedelta(hours=1)) == []

    pages: list[AuditEntry] = []
    last: dict[str, Any] = {}
    more = True
    while more:
        page = await stages.client.call(READ, ReadAudit(limit=2, **last))
        pages += page.items
        more, last = page.more, {"before_at": page.items[-1].at, "before_id": page.items[-1].id}
    assert pages == everything


async def test_what_is_looked_for_is_found_by_an_index(stages: Stages) -> None:
    await stages.run_notes()
    await stages.fetch("""
        INSERT INTO notes.audit SELECT now() - n * interval '1 second', gen_random_uuid(), 'p' || n % 500, '', 'notes.c' || n % 100,
            ARRAY[md5(n::text)], '{}', 1 FROM generate_series(1, 20000) AS n
    """)
    await stages.fetch("ANALYZE notes.audit")
    # What autovacuum does: new rows wait beside the index until then, and are looked at one by one.
    await stages.fetch("SELECT gin_clean_pending_list('notes.audit_by_what')")
    for condition, index in (
        ("true", "audit_pkey"), ("by = 'p7'", "audit_by_person"), ("command = 'notes.c7'", "audit_by_command"),
        ("about @> ARRAY[md5('77')]", "audit_by_what"),
    ):  # fmt: skip
        plan = await stages.column(f"EXPLAIN SELECT * FROM notes.audit WHERE {condition} ORDER BY at DESC, id DESC LIMIT 50")
        assert any(index in line for line in plan), plan


ID, OTHER = str(new_id()), str(new_id())


@pytest.mark.parametrize(
    ("answer", "payload", "ids"),
    [
        (f'{{"id":"{ID}","lines":[{{"id":"{OTHER}"}}]}}', "{}", [ID]),
        (f'{{"items":[{{"outcome":"created","id":"{ID}"}},{{"outcome":"refused","id":"{OTHER}"}}]}}', "{}", [ID, OTHER]),
        ("{}", f'{{"store_id":"{ID}","id":"{OTHER}","id":"{OTHER}","paid":"{ID}"}}', [ID, OTHER]),
        ('{"code":"vip","version":2,"scopes":[]}', '{"code":"vip","if_version":1}', ["vip"]),
        ('{"currency":"IDR","version":1}', '{"currency":"IDR"}', ["IDR"]),
        ('{"register_id":"","code":"SECRET","made":{"code":"1234"}}', "{}", []),
        ('{"token":"kasir_1234"}', '{"code":"1234","pin":"9876"}', []),
    ],
)
def test_what_it_was_about_is_in_the_answer_or_else_in_the_request(answer: str, payload: str, ids: list[str]) -> None:
    assert ids_in(answer.encode(), payload.encode()) == ids
