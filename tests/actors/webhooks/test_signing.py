"""Signatures by Standard Webhooks, held to its vectors and to its own package."""

from __future__ import annotations

from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from actors.webhooks import signing
from actors.webhooks.signing import Key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNING_KEY = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC_KEY = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
SIGNATURE_A = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
NOW = float(TIMESTAMP)


def v1(secret: str, ends_at: float | None = None) -> Key:
    return Key("v1", signing.secret_key(secret), ends_at)


def v1a(key: str, ends_at: float | None = None) -> Key:
    return Key("v1a", signing.read_signing_key(key), ends_at)


def verifies(*trusted: str, header: str, now: float = NOW) -> bool:
    return signing.verify(trusted, MESSAGE_ID, TIMESTAMP, header, BODY, now)


def test_the_published_vectors() -> None:
    assert signing.sign_v1(signing.secret_key(SECRET), MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert signing.sign_v1a(signing.read_signing_key(SIGNING_KEY), MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE_A
    assert signing.public_key(SIGNING_KEY) == PUBLIC_KEY


def test_verifies_the_published_vectors() -> None:
    assert verifies(SECRET, header=SIGNATURE)
    assert verifies(PUBLIC_KEY, header=SIGNATURE_A)


def test_every_key_signs_the_newest_first_until_it_ends() -> None:
    keys = (v1(SECRET), v1a(SIGNING_KEY), v1(signing.new_secret(b"x" * 32), ends_at=NOW + 10))
    during, after = (signing.signature(keys, MESSAGE_ID, TIMESTAMP, BODY, now) for now in (NOW, NOW + 10))
    assert during.split(" ")[:2] == after.split(" ") == [SIGNATURE, SIGNATURE_A]
    assert len(during.split(" ")) == 3


def test_verifies_while_a_secret_is_being_replaced() -> None:
    other = signing.new_secret(b"x" * 32)
    assert verifies(other, SECRET, header=f"v1a,abc v1,AAAA {SIGNATURE}")
    assert verifies(SECRET, header=signing.signature((v1(other), v1(SECRET, NOW + 1)), MESSAGE_ID, TIMESTAMP, BODY, NOW))


def test_one_kind_of_key_does_not_verify_the_other_kind_of_signature() -> None:
    assert not verifies(PUBLIC_KEY, header=SIGNATURE)
    assert not verifies(SECRET, header=SIGNATURE_A)
    assert not verifies(SECRET, PUBLIC_KEY, header=f"v1,{SIGNATURE_A[4:]} v1a,{SIGNATURE[3:]}")


def test_looks_at_every_signature_but_not_at_thousands() -> None:
    assert verifies(SECRET, header=" ".join(["v1,AAAA"] * 31 + [SIGNATURE]))
    assert not verifies(SECRET, header=" ".join(["v1,AAAA"] * 32 + [SIGNATURE]))


@pytest.mark.parametrize(
    ("message_id", "timestamp", "header", "body", "now"),
    [
        ("msg_other", TIMESTAMP, SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, "1614265331", SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY + b" ", 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE_A, BODY + b" ", 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY, 1614265330 + 301),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE, BODY, 1614265330 - 301),
        (MESSAGE_ID, "yesterday", SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, "-1", SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, "9" * 5000, SIGNATURE, BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "", BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE.replace("v1,", "v2,"), BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, SIGNATURE.replace("v1,", ""), BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "v1,\N{SNOWMAN}", BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "v1a,\N{SNOWMAN}", BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "v1a,AAAA", BODY, 1614265330),
        (MESSAGE_ID, TIMESTAMP, "v1a,", BODY, 1614265330),
    ],
)
def test_does_not_verify(message_id: str, timestamp: str, header: str, body: bytes, now: int) -> None:
    assert not signing.verify([SECRET, PUBLIC_KEY], message_id, timestamp, header, body, now=now)


@given(header=st.text(max_size=200))
def test_no_header_breaks_it(header: str) -> None:
    assert not verifies(SECRET, PUBLIC_KEY, header=header)


@given(random=st.binary(min_size=24, max_size=64), message_id=st.uuids().map(str), body=st.text().map(str.encode))
def test_what_we_sign_the_standard_package_verifies(random: bytes, message_id: str, body: bytes) -> None:
    secret, timestamp = signing.new_secret(random), str(int(time()))
    header = signing.signature((v1a(SIGNING_KEY), v1(secret)), message_id, timestamp, body, time())
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": header}
    Webhook(secret).verify(body, headers, json_parse=False)
    for trusted in (secret, PUBLIC_KEY):
        assert signing.verify([trusted], message_id, timestamp, header, body, now=time())


@given(random=st.binary(min_size=24, max_size=64))
def test_a_secret_holds_its_bytes_padded_or_not(random: bytes) -> None:
    secret = signing.new_secret(random)
    assert signing.secret_key(secret) == signing.secret_key(secret.rstrip("=")) == random


@given(random=st.binary(min_size=32, max_size=32))
def test_a_signing_key_may_come_without_its_public_half(random: bytes) -> None:
    key = signing.new_signing_key(random)
    bare = signing.SIGNING_KEY_PREFIX + signing._base64(random)
    assert signing.public_key(key) == signing.public_key(bare)
    assert signing.read_signing_key(key).private_bytes_raw() == random


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_" + "A" * 31, "whsec_" + "A" * 88, "whsec_" + "A" * 33, "whsec_!!!" + "A" * 32])
def test_not_a_secret(secret: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|base64|padding|characters"):
        signing.secret_key(secret)


@pytest.mark.parametrize("key", ["", "whsk_", "whsk_" + "A" * 42, "whsk_" + "A" * 60, SECRET])
def test_not_a_signing_key(key: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|base64|padding|characters|data"):
        signing.read_signing_key(key)


def test_a_key_does_not_tell_itself() -> None:
    assert repr(v1(SECRET)) == "Key(algorithm='v1', ends_at=None)"
