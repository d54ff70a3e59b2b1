"""`kasir staff`"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import click
import msgspec

from actors.runtime.client import Client, connect_client
from actors.runtime.settings import Settings
from actors.staff.contract import CREATE_PERSON, LIST_PEOPLE, SET_PASSWORD, CreatePerson, ListPeople, Person, SetPassword
from deploy import compose, options, servers
from deploy.trouble import Trouble, WrongUse

PASSWORD = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="KASIR_NEW_PASSWORD",
    help="At least 10 characters. Asked for when it is not in KASIR_NEW_PASSWORD; not for the command line, where others see it.",
)  # fmt: skip


@click.group()
def command() -> None:
    """People, without having a key: for whoever may speak to NATS. Everything else about people is in the API."""


@command.command()
@click.argument("name")
@click.option("--login", required=True, help="With which they sign in to the back office.")
@click.option("--code", required=True, help="What they type at a register.")
@click.option("--role", "roles", multiple=True, default=("owner",), show_default=True, help="May be given more than once.")
@PASSWORD
@options.SERVERS
def add(name: str, login: str, code: str, roles: tuple[str, ...], password: str, **given: Any) -> None:
    """Add a person who can sign in: the first owner, above all."""
    wish = _converted({"name": name, "login": login, "code": code, "roles": list(roles)}, CreatePerson)
    secret = _converted({"id": str(uuid4()), "password": password}, SetPassword)
    person = asyncio.run(add_person(servers.found(options.settings_from(**given)), wish, secret.password))
    click.echo(f"{person.name} can sign in as {person.login}. ({', '.join(person.roles)}, {person.id})")


@command.command()
@click.argument("code")
@PASSWORD
@options.SERVERS
def password(code: str, password: str, **given: Any) -> None:
    """Give somebody a new password, when nobody who could is able to sign in. CODE is what they type at a register."""
    secret = _converted({"id": str(uuid4()), "password": password}, SetPassword)
    found = asyncio.run(set_password(servers.found(options.settings_from(**given)), _converted({"code": code}, ListPeople), secret.password))
    click.echo(f"{found.name} has a new password, and is signed out everywhere.")


def _converted(wish: dict[str, Any], kind: Any) -> Any:
    """msgspec says what is wrong, and never what was given."""
    try:
        return msgspec.convert(wish, kind)
    except msgspec.ValidationError as error:
        raise WrongUse(f"that cannot be: {error}.") from None


async def add_person(settings: Settings, wish: CreatePerson, password: str) -> Person:
    with compose.troubles():
        async with connect_client(settings) as client:
            person = await client.call(CREATE_PERSON, wish, key=str(uuid4()))
            return await _give(client, person, password)


async def set_password(settings: Settings, wish: ListPeople, password: str) -> Person:
    with compose.troubles():
        async with connect_client(settings) as client:
            people = (await client.call(LIST_PEOPLE, wish)).items
            if not people:
                raise Trouble(f"nobody has the code {wish.code}. `GET /v1/people` lists them.")
            return await _give(client, people[0], password)


async def _give(client: Client, person: Person, password: str) -> Person:
    return await client.call(SET_PASSWORD, SetPassword(id=person.id, password=password))
