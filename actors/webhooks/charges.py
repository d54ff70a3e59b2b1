"""Which endpoints are in the charge of this member: it renews its own lease, takes its fair share of what nobody alive has, and
gives up what is more than that once nothing of it is under way.

Only who is in charge of an endpoint posts to it. So its order, its rate and its circuit live in one memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from actors.webhooks.deliveries_store import SQL
from actors.webhooks.loading import load_bags
from actors.webhooks.metrics import CHARGES
from actors.webhooks.postman import Postman
from actors.webhooks.recording import save_done_to

if TYPE_CHECKING:
    from actors.runtime.member import Member


class Charges:
    """`renew` and `look` again and again, `leave` at the end."""

    def __init__(self, member: Member, postman: Postman) -> None:
        self._member = member
        self._postman = postman
        self._id = UUID(member.name)
        self._lease_seconds = member.settings.webhooks_lease_seconds
        self._leaving: set[int] = set()

    @property
    def leaving(self) -> bool:
        """Whether something is to be given up as soon as nothing of it is under way."""
        return bool(self._leaving)

    async def renew(self) -> None:
        """Counted from before it is asked for: the lease ends here before it ends for the others."""
        asked_at = time.monotonic()
        async with self._member.transaction() as work:
            work.write(SQL["renew_member"], self._id, self._lease_seconds)
        if time.monotonic() >= self._postman.lease_until:
            # Others may have taken everything over meanwhile: nothing goes out before it has been looked at.
            self._postman.shut_all()
        self._postman.lease_until = asked_at + self._lease_seconds
        self._postman.resume()

    async def look(self) -> None:
        """Takes, gives up, and reads anew what has changed."""
        async with self._member.transaction() as work:
            if await work.fetchval(SQL["try_to_take"]):
                await work.execute(SQL["take_charges"], self._id)
        async with self._member.transaction() as work:
            [row] = await work.read(SQL["my_charges"], self._id)
        self._shut_all_but(row["active"])
        self._choose_leaving(row["active"], row["share"])
        given_up = await self._give_up(row["inactive"])
        await self._see(row, given_up)
        CHARGES.set(len(row["active"]))

    async def leave(self) -> None:
        """Others take over at once. Only when nothing is under way, and everything is recorded."""
        async with self._member.transaction() as work:
            await work.execute(SQL["leave"], self._id)

    # --- inside

    def _shut_all_but(self, mine: Iterable[int]) -> None:
        """Those that are another's by now, or that nothing may be posted to."""
        kept = set(mine)
        for number, bag in list(self._postman.bags.items()):
            if number not in kept:
                self._postman.shut(bag)
                if not bag.posting:
                    self._postman.put_away(bag)

    def _choose_leaving(self, mine: Sequence[int], share: int) -> None:
        """What is more than the share, that which holds the least first."""
        bags = self._postman.bags
        excess = max(0, len(mine) - share)
        self._leaving = set(sorted(self._leaving.intersection(mine))[:excess])
        staying = [number for number in mine if number not in self._leaving]
        staying.sort(key=lambda number: bags[number].lanes.held if number in bags else 0)
        self._leaving.update(staying[: excess - len(self._leaving)])
        for number in self._leaving & bags.keys():
            self._postman.shut(bags[number])

    async def _give_up(self, inactive: Sequence[int]) -> set[int]:
        """What is another's to take from now on."""
        bags = self._postman.bags
        free = [number for number in (*self._leaving, *inactive) if number not in bags or bags[number].idle]
        if not free:
            return set()
        await save_done_to(self._member, [bags[number] for number in free if number in bags])
        async with self._member.transaction() as work:
            work.write(SQL["give_up_charges"], free, self._id)
        for number in free:
            self._leaving.discard(number)
            if number in bags:
                self._postman.put_away(bags[number])
        return set(free)

    async def _see(self, row: Any, given_up: set[int]) -> None:
        """`row` is from before something was given up: to load that again would be to post it beside whoever takes it."""
        stale = []
        for number, version, seq in zip(row["active"], row["versions"], row["seqs"], strict=True):
            bag = self._postman.bags.get(number)
            if number in given_up or number in self._leaving or number in self._postman.gone:
                continue
            if bag is None or bag.shut or bag.target.version < version:
                stale.append(number)
            else:
                self._postman.grown(number, seq)
        if stale:
            await load_bags(self._member, self._postman, stale)
