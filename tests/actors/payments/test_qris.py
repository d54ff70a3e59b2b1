"""QRIS codes: read, refused when anything is wrong with them, and made dynamic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.payments import qris
from actors.payments.qris import NotQris

STATIC = (
    "00020101021126610014COM.GO-JEK.WWW01189360091434506469550210G4506469550303UMI51440014ID.CO.QRIS.WWW0215ID10243145674390303UMI"
    "5204549953033605802ID5913Warung Melati6013Jakarta Pusat61051031062070703A016304"
)
STATIC += f"{qris.crc16(STATIC.encode()):04X}"


def changed(**fields: str | None) -> str:
    """The merchant's code with other fields (`_53="840"`), sealed again; None leaves one out."""
    merged = {**qris.parse(STATIC), **{name.strip("_"): value for name, value in fields.items()}}
    return qris.sealed({tag: merged[tag] for tag in sorted(merged) if tag != "63" and merged[tag] is not None})


@pytest.mark.parametrize(("text", "crc"), [(b"123456789", 0x29B1), (b"", 0xFFFF), (b"A", 0xB915)])
def test_the_crc_is_the_one_of_the_standard(text: bytes, crc: int) -> None:
    assert crc == qris.crc16(text)


def test_the_crc_of_the_standards_own_sample() -> None:
    """EMVCo MPM's own sample ends in A13A."""
    sample = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING" \
        "64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304"
    assert 0xA13A == qris.crc16(sample.encode())


def test_the_merchant_is_read_from_its_code() -> None:
    assert ("Warung Melati", "Jakarta Pusat") == qris.merchant_of(qris.parse_static(STATIC))


def test_a_dynamic_code_is_the_static_one_with_an_amount() -> None:
    code = qris.make_dynamic(STATIC, 3_500_000)
    fields = qris.parse(code)
    assert ("12", "35000") == (fields["01"], fields["54"])
    assert code == (
        "00020101021226610014COM.GO-JEK.WWW01189360091434506469550210G4506469550303UMI51440014ID.CO.QRIS.WWW0215ID10243145674390303UMI"
        "520454995303360540535000" + "5802ID5913Warung Melati6013Jakarta Pusat61051031062070703A016304" + code[-4:]
    )


def test_a_dynamic_code_asks_for_no_tip_on_top() -> None:
    fields = qris.parse(qris.make_dynamic(changed(_55="02", _56="500"), 100))
    assert not {"55", "56"} & fields.keys()


@pytest.mark.parametrize(("minor", "text"), [(100, "1"), (3_500_050, "35000.50"), (5, "0.05"), (10**13, "100000000000")])
def test_amounts_are_rupiah_without_decimals_when_they_are_whole(minor: int, text: str) -> None:
    assert text == qris.amount_text(minor)


@pytest.mark.parametrize("minor", [0, -100, 10**15, 10**12 + 1])
def test_an_amount_that_does_not_fit_is_refused(minor: int) -> None:
    with pytest.raises(NotQris):
        qris.amount_text(minor)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "begin"),
        (STATIC[:-1], "cut off"),
        (STATIC[:-4] + "0000", "CRC"),
        (STATIC.replace("Melati", "Mawar1"), "CRC"),
        (STATIC[:40], "cut off"),
        (STATIC + "9903ABC", "end with"),
        (changed(_53="840"), "rupiah"),
        (changed(_58="SG"), "Indonesia"),
        (changed(_59=None), "59 is missing"),
        (changed(_26=None, _51=None), "merchant account"),
        (changed(_26="0014SHORT"), "cut off"),
        (changed(_01="13"), "field 01"),
        ("0002010102116304", "cut off"),
        (qris.write_fields({"01": "11", "00": "01"}), "begin"),
        ("000201" + "010211" * 2, "twice"),
        ("0002016X", "no tag"),
        ("000201é", "ASCII"),
        ("000201" + "9" * 600, "too long"),
    ],
)
def test_what_is_not_a_sound_code_is_refused(payload: str, why: str) -> None:
    with pytest.raises(NotQris, match=why):
        qris.parse(payload)


def test_a_code_for_one_payment_is_no_merchants_code() -> None:
    with pytest.raises(NotQris, match="one payment"):
        qris.parse_static(qris.make_dynamic(STATIC, 100))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        fields = qris.read_fields(text)
    except NotQris:
        return
    assert text == qris.write_fields(fields)


@given(st.integers(0, len(STATIC) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_no_single_wrong_character_goes_unseen(at: int, character: str) -> None:
    broken = STATIC[:at] + character + STATIC[at + 1 :]
    if broken.upper() != STATIC.upper() or broken[:-4] != STATIC[:-4]:
        with pytest.raises(NotQris):
            qris.parse(broken)
