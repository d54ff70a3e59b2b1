"""When people buy: by the day of the week, the days after payday, and the hour."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from deploy.simulation.shops import Shop

WEEKDAYS = (0.90, 0.88, 0.92, 0.96, 1.08, 1.22, 1.16)
PAYDAY_FROM, PAYDAY_UNTIL, PAYDAY_FACTOR = 25, 5, 1.12
HOURS = {
    6: 2, 7: 6, 8: 5, 9: 4, 10: 4, 11: 6, 12: 9, 13: 7, 14: 5, 15: 5, 16: 7, 17: 10, 18: 12, 19: 11, 20: 8, 21: 5, 22: 3, 23: 2, 24: 1,
}
"""How busy each hour is; 24 is the one after midnight. Breakfast, lunch, and the way home."""


def customers_on(day: date, shop: Shop, per_day: int, die: Random) -> int:
    factor = WEEKDAYS[day.weekday()] * shop.busy
    if day.day >= PAYDAY_FROM or day.day <= PAYDAY_UNTIL:
        factor *= PAYDAY_FACTOR
    return max(1, round(per_day * factor * die.gauss(1, 0.06)))


def moments(day: date, shop: Shop, count: int, die: Random) -> list[datetime]:
    """When they pay, in order, with the shop's offset; all within its opening hours."""
    hours = [hour for hour in HOURS if shop.opens <= hour < shop.closes]
    weights = [HOURS[hour] for hour in hours]
    midnight = datetime.combine(day, time(), shop.zone)
    seconds = sorted(hour * 3600 + die.randrange(3600) for hour in die.choices(hours, weights, k=count))
    return [midnight + timedelta(seconds=second) for second in seconds]
