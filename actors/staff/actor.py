"""The table of `staff`."""

from __future__ import annotations

from pathlib import Path

import actors.staff as about
from actors.runtime.actor import Actor, Answer
from actors.staff import approving, contract, enrolling, handlers, managing, signing_in
from actors.staff.hashing import open_hasher
from actors.staff.sweeping import sweep

GUESSES = 8
"""Of a batch of PINs two are compared at a time, and all wait for the last one."""

ACTOR = Actor(
    name="staff",
    about=about.__doc__ or "",
    folder=Path(__file__).parent,
    answers=(
        Answer(contract.CREATE_API_KEY, handlers.create_keys),
        Answer(contract.REVOKE_API_KEY, handlers.revoke_keys),
        Answer(contract.LIST_API_KEYS, handlers.list_keys, batch=8),
        Answer(contract.KEY_CHANGES, handlers.list_changes),
        Answer(contract.ENSURE_OWNER, handlers.ensure_owner),
        Answer(contract.CREATE_ROLE, managing.create_roles, batch=1),
        Answer(contract.UPDATE_ROLE, managing.update_roles, batch=1),
        Answer(contract.GET_ROLE, managing.get_roles),
        Answer(contract.LIST_ROLES, managing.list_roles, batch=8),
        Answer(contract.CREATE_PERSON, managing.create_people, batch=1),
        Answer(contract.UPDATE_PERSON, managing.update_people, batch=1),
        Answer(contract.GET_PERSON, managing.get_people),
        Answer(contract.LIST_PEOPLE, managing.list_people, batch=8),
        Answer(contract.SET_PIN, managing.set_pins, batch=1),
        Answer(contract.SET_PASSWORD, managing.set_passwords, batch=1),
        Answer(contract.UNLOCK_PERSON, managing.unlock, batch=1),
        Answer(contract.OFFER_ENROLMENT, enrolling.offer, batch=1),
        Answer(contract.ENROL, enrolling.enrol, batch=1),
        Answer(contract.END_ENROLMENT, enrolling.end, batch=1),
        Answer(contract.SIGN_IN, signing_in.sign_in, batch=GUESSES),
        Answer(contract.SIGN_IN_BY_PASSWORD, signing_in.sign_in_by_password, batch=GUESSES),
        Answer(contract.CHANGE_PIN, signing_in.change_pins, batch=1),
        Answer(contract.CHANGE_PASSWORD, signing_in.change_passwords, batch=1),
        Answer(contract.GET_SESSION, signing_in.get_sessions),
        Answer(contract.END_SESSION, signing_in.end_sessions, batch=1),
        Answer(contract.LIST_SESSIONS, signing_in.list_sessions, batch=8),
        Answer(contract.APPROVE, approving.approve, batch=GUESSES),
        Answer(contract.USE_APPROVAL, approving.use),
    ),
    tells=contract.STAFF_EVENTS,
    works=(sweep,),
    opens=open_hasher,
)
