"""Finds the operation for a method and a path. Fixed paths cost one lookup; those with parameters walk a tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from http_edge.problems import NO_SUCH_METHOD, NO_SUCH_PATH

ANY = None
"""The branch of a path parameter: names never clash with it, because they are text."""


class Node:
    __slots__ = ("branches", "methods", "names")

    def __init__(self) -> None:
        self.branches: dict[str | None, Node] = {}
        self.methods: dict[str, Any] = {}
        self.names: dict[str, tuple[str, ...]] = {}


class Table:
    """What is found can be anything; the edge puts operations and pages in."""

    def __init__(self, rows: Iterable[tuple[str, str, Any]]) -> None:
        self.fixed: dict[tuple[str, str], Any] = {}
        self.root = Node()
        for method, path, found in rows:
            self._add(method, path, found)

    def _add(self, method: str, path: str, found: Any) -> None:
        node, names = self.root, []
        for part in path.split("/"):
            is_name = part.startswith("{")
            if is_name:
                names.append(part[1:-1])
            node = node.branches.setdefault(ANY if is_name else part, Node())
        node.methods[method] = found
        node.names[method] = tuple(names)
        if not names:
            self.fixed[method, path] = found

    def find(self, method: str, path: str) -> tuple[Any, dict[str, str]]:
        """What answers, and the path's parameters, decoded. HEAD is answered by GET. Raises Declined (404, 405)."""
        node, values = self._walk(path)
        if node is None or not node.methods:
            raise NO_SUCH_PATH.declined(f"There is nothing at {path:.200}.")
        wanted = "GET" if method == "HEAD" and "GET" in node.methods else method
        if wanted not in node.methods:
            allow = allowed(node)
            raise NO_SUCH_METHOD.declined(f"Use one of: {allow}.", headers={"Allow": allow})
        return node.methods[wanted], dict(zip(node.names[wanted], values, strict=True))

    def options(self, path: str) -> str:
        """The Allow header of a path. Raises Declined (404)."""
        node, _ = self._walk(path)
        if node is None or not node.methods:
            raise NO_SUCH_PATH.declined(f"There is nothing at {path:.200}.")
        return allowed(node)

    def _walk(self, path: str) -> tuple[Node | None, list[str]]:
        node: Node | None = self.root
        values: list[str] = []
        for part in map(unquote, path.split("/")):
            assert node is not None
            branch = node.branches.get(part)
            if branch is None and part:
                values.append(part)
                branch = node.branches.get(ANY)
            if branch is None:
                return None, []
            node = branch
        return node, values


def allowed(node: Node) -> str:
    methods = {*node.methods, "OPTIONS"} | ({"HEAD"} if "GET" in node.methods else set())
    return ", ".join(sorted(methods))
