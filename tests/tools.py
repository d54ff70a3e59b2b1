"""What draws receipts and pictures, loaded: so that a first one need not be asked for twice."""

from __future__ import annotations

import asyncio

from actors.receipts import rendering
from actors.reports import filing
from actors.runtime.workshop import WORKSHOP


async def tools_there() -> None:
    wanted = (*rendering.TOOLS.values(), *filing.TOOLS.values())
    await asyncio.gather(*(asyncio.wrap_future(WORKSHOP.bring(tools)) for tools in wanted))
