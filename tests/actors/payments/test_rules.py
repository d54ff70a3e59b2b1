"""The table of states, and that no order of news can get a payment out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.payments import codes, ledger, rules, signing
from actors.payments.contract import PAYMENT_APPROVED, PAYMENT_FAILED, PAYMENT_REFUNDED, Account, Intent, IntentState
from actors.payments.ledger import Posting
from actors.payments.rules import FAILED, MOVES, Kept, Said, told, total_of
from actors.runtime.words import Money

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
ORDER, OTHER = UUID(int=1), UUID(int=2)
TOTAL = 1_100


def rp(amount: int) -> Money:
    return Money(amount=amount, currency="IDR")


def kept(state: IntentState = "pending", *, provider: str | None = "simulated", account: bool = False) -> Kept:
    intent = Intent(
        id=UUID(int=9), version=1, order_id=ORDER, method="gift_card" if account else "card", state=state, amount=rp(1_000), tip=rp(100),
        reference="", refunded=rp(0), refund_due=rp(0), tender_type="card", expires_at=NOW + timedelta(seconds=300), created_at=NOW,
        updated_at=NOW, provider=provider, account_id=UUID(int=5) if account else None,
    )  # fmt: skip
    return Kept(intent=intent)


def test_the_picture_in_the_guide_is_the_table() -> None:
    text = (Path(__file__).parents[3] / "docs" / "payments.md").read_text(encoding="utf-8")
    arrows = {tuple(line.split(":")[0].split()) for line in text.splitlines() if "-->" in line and not line.startswith("```")}
    begins = {("[*]", "-->", state) for state in ("pending", "held", "approved")}
    assert begins | {(state, "-->", to) for state, moves in MOVES.items() for to in moves} == arrows


def test_yes_and_what_is_told_of_it() -> None:
    before = kept()
    after = rules.approve(before, NOW, "REF")
    assert ("approved", "REF", 2) == (after.intent.state, after.intent.reference, after.intent.version)
    assert PAYMENT_APPROVED is told(before.intent, after.intent)
    assert after is rules.approve(after, NOW, "REF")
    assert after is rules.fail(after, "expired", NOW)


@pytest.mark.parametrize("state", sorted(FAILED))
def test_too_late_a_yes_goes_back(state: IntentState) -> None:
    late = rules.approve(kept(state), NOW)
    assert ("returning", TOTAL) == (late.intent.state, late.intent.refund_due.amount)
    assert told(kept(state).intent, late.intent) is None
    back = rules.refunded(late, TOTAL, NOW)
    assert ("returned", PAYMENT_REFUNDED) == (back.intent.state, told(late.intent, back.intent))


def test_what_expires_is_told_once() -> None:
    before = kept()
    assert before is rules.expire(before, NOW)
    after = rules.expire(before, NOW + timedelta(seconds=300))
    assert PAYMENT_FAILED is told(before.intent, after.intent)
    assert told(after.intent, after.intent) is None


def test_news_of_the_order_counts_once_and_old_news_not_at_all() -> None:
    taken = rules.hear_order(kept("approved"), ORDER, TOTAL, 0, 7, NOW)
    refunded = rules.hear_order(taken, ORDER, TOTAL, 300, 9, NOW)
    assert 300 == refunded.intent.refund_due.amount
    for position, sum_ in ((9, 300), (7, 0), (8, 1_100)):
        assert refunded is rules.hear_order(refunded, ORDER, TOTAL, sum_, position, NOW)


def test_a_payment_follows_its_tender_into_another_order() -> None:
    taken = rules.hear_order(kept("approved"), ORDER, TOTAL, 0, 7, NOW)
    merged = rules.hear_order(taken, OTHER, TOTAL, 0, 9, NOW)
    assert OTHER == merged.intent.order_id
    assert merged is rules.hear_order(merged, ORDER, TOTAL, 0, 8, NOW)


def test_what_the_order_has_taken_is_not_given_back_behind_its_back() -> None:
    taken = rules.hear_order(kept("approved"), ORDER, TOTAL, 0, 7, NOW)
    assert taken is rules.give_back(taken, NOW, "paid already")


def test_a_person_is_told_what_to_hand_back() -> None:
    due = rules.give_back(kept("approved", provider=None), NOW, "paid already")
    back = rules.refund_here(due, NOW)
    assert "paid already Booked as given back: a person hands over IDR 11.00." == back.intent.failure
    assert ("returned", TOTAL) == (back.intent.state, back.intent.refunded.amount)


def test_a_sum_that_is_being_given_back_stays_until_it_has_been() -> None:
    due = replace(rules.hear_order(kept("approved"), ORDER, TOTAL, 300, 7, NOW), refunding=300)
    more = rules.hear_order(due, ORDER, TOTAL, 500, 8, NOW)
    assert 300 == more.refunding
    first = rules.refunded(more, 300, NOW)
    assert (0, 300, NOW) == (first.refunding, first.intent.refunded.amount, rules.due_at(first, NOW, 5))
    assert rules.due_at(rules.refunded(first, 500, NOW), NOW, 5) is None


def test_a_provider_is_asked_less_and_less_often_and_not_for_ever() -> None:
    there = replace(kept(), at_provider="there")
    assert NOW == rules.due_at(kept(), NOW, 5)
    assert NOW + timedelta(seconds=5) == rules.due_at(there, NOW, 5)
    assert there.intent.expires_at == rules.due_at(there, NOW + timedelta(seconds=290), 50)
    gone = rules.fail(there, "cancelled", NOW)
    later = NOW + timedelta(hours=1)
    assert later + timedelta(minutes=15) == rules.due_at(gone, later, 5)
    assert rules.due_at(gone, NOW + timedelta(days=4), 5) is None
    assert rules.due_at(replace(gone, at_provider="settled"), later, 5) is None


NEWS = st.one_of(
    st.builds(Said, state=st.sampled_from(["pending", "approved", "declined", "expired", "unknown"]), total=st.sampled_from([None, TOTAL, 5])),
    st.tuples(st.just("cancel"), st.none(), st.none()),
    st.tuples(st.just("expire"), st.integers(0, 600), st.none()),
    st.tuples(st.just("order"), st.integers(0, TOTAL + 100), st.integers(1, 20)),
    st.tuples(st.just("return"), st.none(), st.none()),
    st.tuples(st.just("refunded"), st.none(), st.none()),
)


def step(one: Kept, news: object) -> Kept:
    if isinstance(news, Said):
        return rules.hear_provider(one, news, NOW)
    what, number, position = news  # type: ignore[misc]
    if what == "cancel":
        return rules.fail(one, "cancelled", NOW)
    if what == "expire":
        return rules.expire(one, NOW + timedelta(seconds=number))
    if what == "order":
        return rules.hear_order(one, ORDER, TOTAL, number, position, NOW)
    if what == "return":
        return rules.give_back(one, NOW, "it cannot")
    return rules.refunded(one, one.intent.refund_due.amount, NOW)


@given(st.sampled_from([kept(), kept("approved", provider=None), kept("held", provider=None, account=True)]), st.lists(NEWS, max_size=12))
def test_whatever_comes_in_whatever_order(start: Kept, news: list[object]) -> None:
    """States only by the table; never more goes back than came; one version for each change; the account ends where it should."""
    one, opening = start, Account(
        id=UUID(int=5), version=1, kind="gift_card", balance=rp(TOTAL), held=rp(0), available=rp(TOTAL), active=True, hint="", note="",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    account = opening
    for posting in ledger.postings(None, start.intent) if start.intent.account_id else ():
        account = ledger.post(account, posting, NOW)
    for each in news:
        for after in (step(one, each), rules.refund_here(step(one, each), NOW)):
            before, one = one, after
            assert after.intent.state == before.intent.state or reachable(before.intent.state, after.intent.state)
            assert before.intent.refunded.amount <= after.intent.refunded.amount <= after.intent.refund_due.amount <= total_of(after.intent)
            assert before.intent.refund_due.amount <= after.intent.refund_due.amount
            assert (after.intent.version > before.intent.version) == (after.intent != before.intent)
            for posting in ledger.postings(before.intent, after.intent) if after.intent.account_id else ():
                account = ledger.post(account, posting, NOW)
    if one.intent.account_id:
        kept_back = TOTAL if one.intent.state == "held" else 0
        spent = TOTAL - one.intent.refunded.amount if one.intent.state in ("approved", "returning") else 0
        assert (TOTAL - spent, kept_back) == (account.balance.amount, account.held.amount)


def reachable(before: IntentState, after: IntentState) -> bool:
    return after in MOVES[before] or any(after in MOVES[middle] for middle in MOVES[before])


# --- codes and the ledger ---------------------------------------------------------------------------------------


def test_codes_are_readable_and_found_however_they_are_typed() -> None:
    code = codes.new_code(bytes(range(10)))
    assert "000G-40R4-0M30-E209" == code
    assert codes.code_hash("secret", code) == codes.code_hash("secret", code.lower().replace("-", ""))
    assert codes.code_hash("secret", code) != codes.code_hash("another", code)
    assert "E209" == codes.hint_of(code)


def test_less_than_nothing_cannot_be_booked() -> None:
    account = ledger.open_account(UUID(int=5), "gift_card", "IDR", NOW)
    with pytest.raises(ValueError, match="leaves"):
        ledger.post(account, Posting("hold", 0, 1), NOW)
    with pytest.raises(ValueError, match="leaves"):
        ledger.post(account, Posting("release", 0, -1), NOW)


def test_signatures_are_those_of_the_standard() -> None:
    """The vector of Standard Webhooks."""
    key = signing.secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signing.signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == headers["webhook-signature"]


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?"])
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - base64 has its own words
        signing.secret_key(secret)
