"""The morning after the last day. What asks others while it happens cannot lie in the past: sales that are paid by gift card, on account or with
points are made now, at the first register of each store.

Whatever is declined - who has bought little has few points - and whatever is left is paid in cash.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.api import PATIENCE_SECONDS, Api
from deploy.simulation.goods import groceries
from deploy.simulation.people import Buyer, Clerk, buyers, clerks, near
from deploy.simulation.requests import RUPIAH, Request, money
from deploy.simulation.seeds import Seed
from deploy.simulation.shops import Shop
from deploy.simulation.staffing import Staffing

METHODS = ("gift_card", "on_account", "points")
SALES = 4
"""Of each method, in each store. About one of so many comes back in part."""
CARD = 1_000_000 * RUPIAH
POINTS_WORTH = 500 * RUPIAH
"""What is paid with points: the rest in cash."""
FLOAT = 200_000 * RUPIAH
LOOK_SECONDS = 0.05


@dataclass
class Morning:
    """`paid`: how many payments of each method there were, `declined` among them; `cash`: what the drawers took beside. Minor units."""

    api: Api
    staffing: Staffing
    seed: Seed
    shops: Sequence[Shop]
    paid: Counter[str] = field(default_factory=Counter)
    declined: int = 0
    cash: int = 0

    async def pass_by(self) -> None:
        """Run again, nothing is doubled."""
        await self._points_are_there()
        await asyncio.gather(*(self._store(shop) for shop in self.shops))
        await self._everything_is_booked(self.shops[0])

    async def _points_are_there(self) -> None:
        """Those of the days before are booked a moment after the sales."""
        await self._until("/v1/customers/check", lambda page: not page["behind"])

    async def _everything_is_booked(self, shop: Shop) -> None:
        """Stock follows sales in their order: once it has the very last one, it has all."""
        thing = groceries()[0]
        body = {
            "id": self.seed.id("morning", "last"), "register_id": shop.tills[0].id, "lines": [{"variant_id": thing.variant_id, "quantity": "1"}],
            "tenders": [{"type": "card", "amount": money(thing.price)}],
        }  # fmt: skip
        last = await self._ask(shop, clerks(self.seed, shop)[0], "/v1/orders", body, "last")
        await self._until(f"/v1/inventory/movements?reference_id={last['id']}", lambda page: bool(page["items"]))

    async def _store(self, shop: Shop) -> None:
        by = clerks(self.seed, shop)[0]
        number = shop.number
        body = {"register_id": shop.tills[0].id, "float": money(FLOAT)}
        shift = await self._ask(shop, by, "/v1/shifts", body, "open")
        card = await self._ask(shop, None, "/v1/gift-cards", {"id": self.seed.id("gift", number), "amount": money(CARD)}, "gift")
        cash = 0
        async for sale, method, buyer in self._sales(shop, by):
            cash += await self._pay(shop, by, sale, method, buyer, card["code"])
        self.cash += cash
        await self._ask(shop, by, f"/v1/shifts/{shift['id']}/close", {"counted": {"total": FLOAT + cash}}, "close")

    async def _sales(self, shop: Shop, by: Clerk) -> AsyncIterator[tuple[dict[str, Any], str, Buyer]]:
        """Open ones: not paid at all yet."""
        die = self.seed.die("morning", shop.number)
        members, debtors = near(self.seed, shop, len(self.shops)), [buyer for buyer in buyers(self.seed) if buyer.credit]
        things = [thing for thing in groceries() if thing.unit == "piece"]
        for number in range(SALES * len(METHODS)):
            method = METHODS[number % len(METHODS)]
            buyer = die.choice(debtors) if method == "on_account" else die.choice([one for one in members if not one.wholesale])
            lines = [{"variant_id": thing.variant_id, "quantity": "2"} for thing in die.sample(things, 2)]
            body = {
                "id": self.seed.id("morning", shop.number, number), "register_id": shop.tills[0].id, "lines": lines,
                "customer": {"id": buyer.id, "name": buyer.name, "group": buyer.group},
            }  # fmt: skip
            yield await self._ask(shop, by, "/v1/orders", body, "sale", number), method, buyer

    async def _pay(self, shop: Shop, by: Clerk, sale: dict[str, Any], method: str, buyer: Buyer, code: str) -> int:
        """What of it was paid in cash."""
        missing = sale["totals"]["missing"]["amount"]
        part = min(missing, POINTS_WORTH) if method == "points" else missing
        body = {"id": self.seed.id("paid", sale["id"]), "order_id": sale["id"], "method": method, "amount": money(part)}
        body |= {"code": code} if method == "gift_card" else {}
        begun = await self._ask(shop, by, "/v1/payment-intents", body, "pay", sale["id"])
        intent = await self._until(f"/v1/payment-intents/{begun['id']}", lambda intent: intent["state"] not in ("pending", "held"))
        self.paid[method] += 1
        if intent["state"] != "approved":
            self.declined += 1
            return await self._rest(shop, by, sale, missing)
        await self._until(f"/v1/orders/{sale['id']}", lambda order: order["totals"]["missing"]["amount"] < missing)
        if part < missing:
            return await self._rest(shop, by, sale, missing - part)
        if buyer.id.int % SALES == 0:
            await self._back(shop, by, sale)
        return 0

    async def _rest(self, shop: Shop, by: Clerk, sale: dict[str, Any], rest: int) -> int:
        body = {"tenders": [{"type": "cash", "amount": money(rest)}]}
        paid = await self._ask(shop, by, f"/v1/orders/{sale['id']}/tenders", body, "rest", sale["id"])
        return rest - int(paid["totals"]["change"]["amount"])

    async def _back(self, shop: Shop, by: Clerk, sale: dict[str, Any]) -> None:
        """One piece, to where the money came from."""
        body = {"lines": [{"line": 1, "quantity": "1"}], "reason": "Salah beli"}
        await self._ask(shop, by, f"/v1/orders/{sale['id']}/refunds", body, "back", sale["id"], approved="refund")

    async def _until(self, path: str, there: Callable[[Any], bool]) -> Any:
        while not there(found := await self.api.ask("GET", path)):  # noqa: ASYNC110 - another process tells it
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def _ask(self, shop: Shop, by: Clerk | None, path: str, body: dict[str, Any], *words: object, approved: str = "") -> Any:
        """By a cashier at the first register; by the owner when it is nobody."""
        asked = Request("POST", path, body, person=by.code if by else "", register_id=shop.tills[0].id if by else None, approved=approved)
        headers = await self.staffing.headers(asked) | (await self.staffing.approval(asked) if approved else {})
        headers["Idempotency_Key"] = self.seed.key("morning", shop.number, *words)
        return await self.api.ask("POST", path, body, patience_seconds=PATIENCE_SECONDS, **headers)
