"""`kasir staff`: the first owner, and a password that nobody knows any more."""

from __future__ import annotations

from asyncio import to_thread

from click.testing import CliRunner, Result

from actors.staff.contract import SIGN_IN_BY_PASSWORD, SignInByPassword
from deploy.cli import kasir
from tests.support import House, unique

OLD, NEW = "seven rainy mondays", "eight sunny fridays"


def typed(house: House, *words: str, password: str) -> Result:
    servers = ["--nats", house.settings.nats_url, "--database", house.settings.database_url]
    return CliRunner().invoke(kasir, ["staff", *words, *servers], input=f"{password}\n{password}\n")


async def test_the_first_owner_and_a_new_password(house: House) -> None:
    code, login = unique(), f"{unique()}@toko.id"
    told = await to_thread(typed, house, "add", "Sari", "--login", login, "--code", code, password=OLD)
    assert (0, True) == (told.exit_code, f"Sari can sign in as {login}. (owner, " in told.output), told.output
    session = await house.call(SIGN_IN_BY_PASSWORD, SignInByPassword(login=login, password=OLD))
    assert ["*"] == session.scopes
    told = await to_thread(typed, house, "password", code.upper(), password=NEW)
    assert (0, True) == (told.exit_code, "Sari has a new password" in told.output), told.output
    assert (await house.call(SIGN_IN_BY_PASSWORD, SignInByPassword(login=login, password=NEW))).name == "Sari"
    assert OLD not in told.output + str(told.exception)


async def test_what_cannot_be(house: House) -> None:
    calls: list[tuple[tuple[str, ...], str, str]] = [
        (("password", unique()), NEW, "nobody has the code"), (("password", "1"), "short", "that cannot be"),
        (("add", "Sari", "--login", "x y", "--code", "1"), NEW, "that cannot be"),
        (("add", "Sari", "--login", f"{unique()}@toko.id", "--code", unique(), "--role", "nobody"), NEW, "roles"),
    ]  # fmt: skip
    for words, password, expected in calls:
        told = await to_thread(typed, house, *words, password=password)
        said = told.output + str(told.exception)
        assert told.exit_code != 0
        assert expected in said, said
        assert password not in said
