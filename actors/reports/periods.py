"""Which days and which stores are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from actors.reports.contract import DAYS_MAX, INVALID, UNKNOWN_STORE
from actors.reports.views import SHOPS, Shop
from actors.runtime.words import FieldError, Refusal
from actors.runtime.work import Work

_FIRST, _LAST = date(2000, 1, 1), date(2200, 12, 31)


@dataclass(frozen=True)
class Period:
    """`first` and `last` are both included."""

    first: date
    last: date
    shops: list[Shop]

    @property
    def store_ids(self) -> list[UUID]:
        return [shop.id for shop in self.shops]

    def words(self) -> str:
        """ "1 Nov 2026", "1 - 30 Nov 2026"."""
        if self.first == self.last:
            return _words(self.first)
        first = str(self.first.day) if (self.first.year, self.first.month) == (self.last.year, self.last.month) else _words(self.first)
        return f"{first} \N{EN DASH} {_words(self.last)}"

    def where(self) -> str:
        return self.shops[0].name if len(self.shops) == 1 else f"{len(self.shops)} stores"


def _words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


async def period_of(
    work: Work, first: date | None, last: date | None, store_id: UUID | None, *, longest: int = DAYS_MAX
) -> Period | Refusal:
    """Today, where nothing else is said: by the clock of the store, or of the one that is furthest ahead."""
    shops = await shops_of(work, store_id)
    if isinstance(shops, Refusal):
        return shops
    today = today_of(shops, work.now)
    last = last if last is not None else max(first, today) if first is not None else today
    first = first if first is not None else last
    problem = _problem(first, last, longest)
    return Period(first, last, shops) if problem is None else INVALID.refuse(problem, FieldError(pointer="?date_from", detail=problem))


def today_of(shops: list[Shop], now: datetime) -> date:
    return max((shop.day_of(now) for shop in shops), default=now.astimezone(UTC).date())


async def shops_of(work: Work, store_id: UUID | None) -> list[Shop] | Refusal:
    view = work.view(SHOPS)
    if store_id is None:
        return view.all()
    if store_id not in view.by_id:
        await work.refresh(SHOPS)
    if store_id in view.by_id:
        return [view.by_id[store_id]]
    detail = f"There is no store {store_id}. Take its id from the list of stores."
    return UNKNOWN_STORE.refuse_at("?store_id", detail)


def _problem(first: date, last: date, longest: int) -> str | None:
    if first < _FIRST or last > _LAST:
        return f"Give days between {_FIRST} and {_LAST}."
    if first > last:
        return f"{first} comes after {last}: `date_from` is the first day, `date_to` the last."
    if last - first >= timedelta(days=longest):
        return f"Ask for {longest} days at most."
    return None
