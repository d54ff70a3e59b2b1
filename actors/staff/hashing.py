"""PINs and passwords are kept as argon2id of an HMAC with the house's secret key.

A PIN has so few digits that its hash alone could be tried out: without the secret key, which is in no database, nobody can even begin.
Hashing takes 20 to 40 ms and 19 MiB (OWASP's least for argon2id), so it is done in threads of its own, and only two at a time.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from actors.runtime.settings import Settings

THREADS = 2
Told = TypeVar("Told")


class Hasher:
    def __init__(self, secret_key: str, threads: ThreadPoolExecutor) -> None:
        self._pepper = hmac.digest(secret_key.encode(), b"kasir people", "sha256")
        self._threads = threads
        self._argon2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._nobodys = self._argon2.hash(b"nobody")

    async def hash(self, secret: str) -> str:
        return await self._run(self._argon2.hash, self._peppered(secret))

    async def verify(self, hash: str | None, secret: str) -> bool:
        """None, for a name that nobody has, costs as much as a wrong secret."""
        right = await self._run(self._verify, hash or self._nobodys, self._peppered(secret))
        return right and hash is not None

    def name(self, kind: str, name: str) -> str:
        """What the tries of a name are kept under. Not to be read, for it may be a password that was typed in the wrong place."""
        return hmac.digest(self._pepper, f"{kind}:{name.lower()}".encode(), "sha256").hex()

    def code(self, code: str) -> str:
        """What an enrolment code is found by: without the secret key its few letters could be tried out, too."""
        return hmac.digest(self._pepper, b"enrolment:" + code.replace("-", "").upper().encode(), "sha256").hex()

    def _verify(self, hash: str, peppered: bytes) -> bool:
        try:
            return self._argon2.verify(hash, peppered)
        except (VerificationError, InvalidHashError):
            return False

    def _peppered(self, secret: str) -> bytes:
        return hmac.digest(self._pepper, secret.encode(), "sha256").hex().encode()

    async def _run(self, work: Callable[..., Told], *args: object) -> Told:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)


def hash_token(token: str) -> str:
    """SHA-256, hex: for what is random enough by itself."""
    return sha256(token.encode()).hexdigest()


@asynccontextmanager
async def open_hasher(settings: Settings) -> AsyncIterator[Hasher]:
    with ThreadPoolExecutor(THREADS, thread_name_prefix="argon2") as threads:
        yield Hasher(settings.secret_key, threads)
