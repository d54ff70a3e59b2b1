"""Hands events on to a URL on this machine, as Kasir itself would have posted them there."""

from __future__ import annotations

import os
from collections.abc import Mapping

import aiohttp

from deploy.trouble import Trouble

TIMEOUT = aiohttp.ClientTimeout(total=15)
ANSWER_SHOWN = 200


class Forwarder:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        if not url.startswith(("http://", "https://")):
            raise Trouble(f"--forward-to {url!r} is not a URL such as http://127.0.0.1:9000/kasir.")
        self.url, self._session = url, session

    async def post(self, headers: Mapping[str, str], body: bytes) -> tuple[bool, str]:
        """Whether it was taken, and what was answered, in a few words."""
        try:
            async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False, timeout=TIMEOUT) as answer:
                said = (await answer.content.read(ANSWER_SHOWN)).decode(errors="replace").strip()
                taken = 200 <= answer.status < 300
                return taken, f"{answer.status} {'' if taken else said}".strip()
        except TimeoutError:
            return False, f"no answer within {TIMEOUT.total:g} s"
        except aiohttp.ClientConnectorError as error:
            return False, os.strerror(error.os_error.errno) if error.os_error.errno else str(error)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return False, str(error) or type(error).__name__
