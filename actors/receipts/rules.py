"""Compares a register's chain with what its orders say now. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from actors.orders.contract import ReceiptBody, VoidedReceipts
from actors.receipts.chain import BEGINNING, VOID, End, Link, Sold, facts_of_refund, facts_of_sale, facts_of_void, joined
from actors.receipts.contract import ChainFinding, Flaw

_decode = msgspec.json.Decoder(Sold).decode


class Found(Struct, frozen=True):
    """A link, and the hash of the one before it: None when that is not there."""

    link: Link
    before: bytes | None


class Range(Struct, frozen=True):
    """Receipt numbers that are looked at: those after `after`, up to `until`. `behind`: the chain has not heard of everything yet.

    `linked`: how long the chain was before the orders were read. What is further on may have been sold, or given back, since.
    """

    after: int
    until: int
    behind: bool
    linked: int = 2**53


class Verdict(Struct):
    findings: list[ChainFinding]
    behind: int = 0


def judge(
    orders: Sequence[ReceiptBody], links: Sequence[Found], end: End | None, numbers: Range, voided: Sequence[VoidedReceipts] = ()
) -> Verdict:
    """`voided`: all that was made void of these numbers, in part or as a whole. A sale that came in all the same counts: then it was not void."""
    verdict = Verdict([])
    by_number = {one.number: one for one in orders}
    linked: dict[int, dict[int, Found]] = {}
    _compare_voids({one.id: one for one in voided}, [found for found in links if found.link.refund == VOID], numbers, verdict)
    for found in links:
        if found.link.refund == VOID:
            continue
        if found.link.position > numbers.linked and found.link.number not in by_number:
            continue
        linked.setdefault(found.link.number, {})[found.link.refund] = found
    verdict.findings += _gaps({*by_number, *linked}, voided, numbers)
    for number in sorted({*by_number, *linked}):
        order, its = by_number.get(number), linked.get(number, {})
        if order is None or order.body is None:
            verdict.findings.append(_removed(number, its, order))
        elif end is not None and number < end.began and not its:
            continue  # from before there was a chain
        else:
            _compare(order, its, numbers, verdict)
        verdict.findings += filter(None, map(_broken, its.values()))
    return verdict


def _gaps(known: Collection[int], voided: Sequence[VoidedReceipts], numbers: Range) -> Iterator[ChainFinding]:
    """Numbers that nobody knows, each row of them as one."""
    stretches = sorted([*((number, number) for number in known), *((one.first, one.last) for one in voided if one.first <= numbers.until)])
    before = numbers.after
    for first, last in [*stretches, (numbers.until + 1, numbers.until + 1)]:
        if first - before > 1:
            rows = f"receipt {before + 1} is" if first - before == 2 else f"receipts {before + 1} to {first - 1} are"
            yield ChainFinding(what="missing", number=before + 1, detail=f"{rows} neither among the orders nor in the chain")
        before = max(before, last)


def _compare_voids(voided: Mapping[UUID, VoidedReceipts], links: Sequence[Found], numbers: Range, verdict: Verdict) -> None:
    its = {found.link.order_id: found for found in links}
    for id, found in its.items():
        if id not in voided and found.link.position <= numbers.linked:
            detail = "the chain has it that numbers from here on are void, and nobody says so now"
            verdict.findings.append(_of_void("removed", found.link.number, detail))
        verdict.findings += filter(None, [_broken(found)])
    for id, void in voided.items():
        if not numbers.after < void.first <= numbers.until:
            continue  # its link is on another page
        if id not in its:
            verdict.behind += numbers.behind
            if not numbers.behind:
                verdict.findings.append(_of_void("unlinked", void.first, "the chain does not have it that numbers from here on are void"))
        elif its[id].link.facts != facts_of_void(void):
            verdict.findings.append(_of_void("changed", void.first, "what says that numbers from here on are void is not what it was"))


def _of_void(what: Flaw, number: int, detail: str) -> ChainFinding:
    return ChainFinding(what=what, number=number, refund=VOID, detail=detail)


def _removed(number: int, its: Mapping[int, Found], order: ReceiptBody | None) -> ChainFinding:
    order_id = order.order_id if order is not None else next(iter(its.values())).link.order_id
    return ChainFinding(what="removed", number=number, order_id=order_id, detail="the chain has this receipt, and its order is gone")


def _compare(order: ReceiptBody, its: Mapping[int, Found], numbers: Range, verdict: Verdict) -> None:
    sold = _read(order)
    if sold is None:
        verdict.findings.append(_finding("changed", order, 0, "the order cannot be read any more"))
        return
    facts = {0: facts_of_sale(sold), **{refund.number: facts_of_refund(sold, refund) for refund in sold.refunds}}
    for refund in sorted({*facts, *its}):
        if refund not in its:
            # What has been sold or given back a moment ago is linked in a moment; also a number that fills a gap.
            verdict.behind += numbers.behind
            if not numbers.behind:
                verdict.findings.append(_finding("unlinked", order, refund, "there is no link of it in the chain"))
        elif refund not in facts:
            if its[refund].link.position > numbers.linked:
                continue
            verdict.findings.append(_finding("removed", order, refund, "the chain has this refund, and the order does not"))
        elif facts[refund] != its[refund].link.facts or its[refund].link.order_id != order.order_id:
            verdict.findings.append(_finding("changed", order, refund, "the order does not say what it said when it was linked"))


def _read(order: ReceiptBody) -> Sold | None:
    try:
        return _decode(order.body or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _finding(what: Flaw, order: ReceiptBody, refund: int, detail: str) -> ChainFinding:
    return ChainFinding(what=what, number=order.number, order_id=order.order_id, refund=refund, detail=detail)


def _broken(found: Found) -> ChainFinding | None:
    link = found.link
    before = BEGINNING if link.position == 1 else found.before
    if before is not None and link.hash == joined(before, link.facts):
        return None
    detail = f"link {link.position} does not go on from link {link.position - 1}"
    if before is None:
        detail = f"link {link.position - 1}, which link {link.position} goes on from, is not there"
    return ChainFinding(what="broken", number=link.number, order_id=link.order_id, refund=link.refund, detail=detail)


def judge_end(end: End | None, last: tuple[int, bytes] | None) -> list[ChainFinding]:
    """The last link there is, and the end that is kept beside the chain."""
    if (end.position, end.hash) == last if end is not None else last is None:
        return []
    at = f"link {end.position}" if end is not None else "no link"
    is_at = f"link {last[0]}" if last is not None else "no link"
    return [ChainFinding(what="broken", detail=f"the chain ended with {at}, and ends with {is_at} now, or with another hash")]
