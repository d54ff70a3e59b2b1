"""Settings: read once, every bad one named."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from actors.runtime.settings import PREFIX, Settings, SettingsError, read_settings

BAD = {
    "nats_replicas": ["0", "6", "many", "1.5"],
    "database_pool": ["1", "201", "", "-3", "all"],
    "http_port": ["-1", "65536", "http"],
    "request_timeout_seconds": ["0", "-1", "nan", "inf", "86401", "5s"],
    "rate_limit_per_second": ["-1", "fast"],
    "edge_requests_max": ["0"],
    "log_format": ["xml", "JSON"],
    "log_level": ["loud"],
    "metrics_port": ["70000"],
    "webhooks_timeout_seconds": ["nan"],
    "commands_waiting_max": ["0", "1e9"],
    "reactions_batch": ["0"],
    "reactions_tries": ["none"],
    "drain_seconds": ["-0.1"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in BAD.items() for value in values if value])
def test_a_value_that_cannot_be_used_is_named(key: str, value: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({PREFIX + key.upper(): value})

    assert f"KASIR_{key.upper()}" in str(told.value)
    assert value in str(told.value)


def test_all_bad_values_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as told:
        read_settings({"KASIR_HTTP_PORT": "99999", "KASIR_LOG_LEVEL": "loud", "KASIR_DATABASE_POOL": "5"})

    assert "KASIR_HTTP_PORT" in str(told.value)
    assert "KASIR_LOG_LEVEL" in str(told.value)
    assert "KASIR_DATABASE_POOL" not in str(told.value)


def test_what_is_given_wins_over_the_environment_and_that_over_the_default() -> None:
    environ = {"KASIR_HTTP_PORT": "1234", "KASIR_LOG_FORMAT": "json", "KASIR_NATS_URL": "", "HOME": "/"}

    settings = read_settings(environ, http_port=4321, log_level=None)

    assert (settings.http_port, settings.log_format, settings.nats_url, settings.log_level) == (4321, "json", "", "info")


def test_a_setting_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match="colour"):
        read_settings({}, colour="red")


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = Settings(
        secret_key="c2VjcmV0", nats_url="nats://me:hunter2@nats:4222", database_url="postgresql://me:hunter3@db/kasir?sslmode=require",
    )

    assert not any(secret in f"{settings!r} {settings}" for secret in ("c2VjcmV0", "hunter2", "hunter3"))


@pytest.mark.parametrize("key", Settings.__struct_fields__)
def test_every_setting_has_a_default_and_a_description(key: str) -> None:
    hint = get_type_hints(Settings, include_extras=True)[key]
    assert any(getattr(meta, "description", None) for meta in hint.__metadata__)
    assert hasattr(Settings(), key)
