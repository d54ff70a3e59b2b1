"""Who tells what, and who reacts to it: what a member must know of the other actors' tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from actors.runtime.actor import Actor, React


class House:
    """Made from the tables of all actors, whether they run in this process or elsewhere."""

    def __init__(self, actors: Iterable[Actor]) -> None:
        self._tellers: dict[str, str] = {}
        readers: dict[str, set[str]] = defaultdict(set)
        actors = list(actors)
        for actor in actors:
            for event in actor.tells:
                self._tellers[event.name] = actor.name
        for actor in actors:
            for react in actor.reacts:
                readers[self._tellers[react.event.name]].add(actor.name)
        self._readers = {teller: frozenset(names) for teller, names in readers.items()}

    def readers(self, teller: str) -> frozenset[str]:
        """The actors that react to events of `teller`: each has a durable consumer on its stream."""
        return self._readers.get(teller, frozenset())

    def by_stream(self, reacts: Iterable[React]) -> list[list[React]]:
        """The reactions to each stream, together: they share one durable consumer."""
        groups: dict[str, list[React]] = defaultdict(list)
        for react in reacts:
            groups[self._tellers[react.event.name]].append(react)
        return list(groups.values())
