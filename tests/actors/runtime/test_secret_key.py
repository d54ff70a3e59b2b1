"""One database, one secret key: who brings another one does not start."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from actors.runtime.ids import new_id
from actors.runtime.runtime import Runtime
from actors.runtime.sealing import Seal, fingerprint_of
from actors.runtime.secret_key import name_of
from actors.runtime.settings import SettingsError
from tests.actors.runtime.conftest import Stages
from tests.actors.runtime.sample.actors import CONFIDE, AddNote, notes
from tests.support import SECRET_KEY

OTHER_KEY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="
LOST = name_of(fingerprint_of(SECRET_KEY))


async def forget_key(stages: Stages) -> None:
    """As a database is from before keys were looked at."""
    await stages.fetch("DELETE FROM installation.secret_key")


async def test_who_comes_with_another_key_does_not_start(stages: Stages) -> None:
    await stages.run_notes()

    with pytest.raises(SettingsError, match=f"not the key that this database is used with: that is {LOST}.*secret.key.*KASIR_SECRET_KEY_LOST={LOST}"):
        await stages.run_readers(secret_key=OTHER_KEY)

    assert await stages.column("SELECT to_regnamespace('readers') IS NULL") == [True]
    await stages.run_readers()


async def test_who_needs_no_key_starts_without(stages: Stages) -> None:
    await stages.run_readers(secret_key="")
    await stages.run_notes()
    await stages.run_readers(secret_key="")

    assert await stages.column("SELECT fingerprint FROM installation.secret_key") == [fingerprint_of(SECRET_KEY)]


async def test_of_many_that_start_at_once_with_two_keys_those_with_one_of_them_run(stages: Stages) -> None:
    keys = [SECRET_KEY, OTHER_KEY] * 4
    outcomes = await asyncio.gather(*(stages.run(notes(), secret_key=key) for key in keys), return_exceptions=True)

    started = {key for key, outcome in zip(keys, outcomes, strict=True) if not isinstance(outcome, BaseException)}
    assert len(started) == 1
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)] == [SettingsError] * 4
    assert await stages.column("SELECT fingerprint FROM installation.secret_key") == [fingerprint_of(started.pop())]


async def test_an_old_database_takes_the_key_that_opens_what_it_holds(stages: Stages) -> None:
    await stages.run_notes()
    await stages.client.call(CONFIDE, AddNote(text="sesame"), key=str(new_id()))
    await forget_key(stages)

    with pytest.raises(SettingsError, match="that is unknown"):
        await stages.run_readers(secret_key=OTHER_KEY)
    assert await stages.column("SELECT fingerprint FROM installation.secret_key") == []
    await stages.run_readers()

    assert await stages.column("SELECT fingerprint FROM installation.secret_key") == [fingerprint_of(SECRET_KEY)]


async def test_what_an_actor_keeps_sealed_in_its_tables_counts_too(stages: Stages) -> None:
    await stages.run_notes()
    await forget_key(stages)
    await stages.fetch("CREATE TABLE notes.confided (secret bytea)")
    await stages.fetch("INSERT INTO notes.confided VALUES (NULL), ($1)", Seal(SECRET_KEY).seal(b"sesame"))
    keeper = replace(notes(), sealed_in=("confided", "secret"))

    with pytest.raises(SettingsError, match="that is unknown"):
        await stages.run(keeper, secret_key=OTHER_KEY)

    await stages.run(keeper)


async def test_a_key_that_is_lost_is_replaced_by_who_names_it(stages: Stages) -> None:
    runtime, _ = await stages.run_notes()
    await stages.run_readers(secret_key="")
    await stages.leave(runtime)

    with pytest.raises(SettingsError):
        await stages.run(notes(), secret_key=OTHER_KEY, secret_key_lost="0badc0de")
    await stages.run(notes(), secret_key=OTHER_KEY, secret_key_lost=LOST)

    assert await stages.column("SELECT fingerprint FROM installation.secret_key") == [fingerprint_of(OTHER_KEY)]
    with pytest.raises(SettingsError):
        await stages.run_notes()
    # Left where it was set, it does nothing more: not even for the key that was lost.
    await stages.run(notes(), secret_key=OTHER_KEY, secret_key_lost=LOST)
    with pytest.raises(SettingsError):
        await stages.run(notes(), secret_key_lost=LOST)


async def test_what_nobody_can_open_any_more_is_given_up_by_who_says_so(stages: Stages) -> None:
    await stages.run_notes()
    await stages.client.call(CONFIDE, AddNote(text="sesame"), key=str(new_id()))
    await forget_key(stages)

    other = await stages.run(notes(), secret_key=OTHER_KEY, secret_key_lost="unknown")

    assert isinstance(other, Runtime)
    assert await stages.column("SELECT fingerprint FROM installation.secret_key") == [fingerprint_of(OTHER_KEY)]
