"""Every setting, read once at the start into one frozen struct. `docs/settings.md` is made from this file.

Each one is also an environment variable: `nats_url` is `KASIR_NATS_URL`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

PREFIX = "KASIR_"

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class SettingsError(Exception):
    """A setting that cannot be used. The text names it and says what it should be."""


def default_data_dir() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "kasir"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    # --- where things are
    nats_url: Annotated[str, Meta(description="NATS servers, comma-separated: nats://user:password@host:4222, tls://... for TLS. Empty: `kasir up` starts its own.")] = ""
    nats_ca: Annotated[str, Meta(description="File with the CA that signed the NATS servers' certificate.")] = ""
    nats_cert: Annotated[str, Meta(description="Client certificate file for NATS (mutual TLS).")] = ""
    nats_key: Annotated[str, Meta(description="Key file of `nats_cert`.")] = ""
    nats_credentials: Annotated[str, Meta(description="NATS credentials file (.creds).")] = ""
    nats_replicas: Annotated[int, Meta(ge=1, le=5, description="Copies of each stream, in a NATS cluster.")] = 1
    database_url: Annotated[str, Meta(description="postgresql://user:password@host/database?sslmode=verify-full. Empty: `kasir up` starts its own.")] = ""
    database_pool: Annotated[int, Meta(ge=2, le=200, description="Database connections per process, at most.")] = 12
    data_dir: Annotated[str, Meta(description="Where the embedded servers keep their data. Empty: ~/.local/share/kasir.")] = ""
    secret_key: Annotated[str, Meta(description="32 bytes, urlsafe base64: encrypts webhook secrets; PINs, passwords, gift cards and the links on receipts are bound to it. Empty: `kasir up` keeps one in the data directory.")] = ""
    secret_key_lost: Annotated[str, Meta(pattern=r"^([0-9a-f]{8}|unknown)?$", description="Only when the secret key is lost for good: the one that is, as the refusal to start names it. This database goes on with `secret_key` then.")] = ""

    # --- the edge
    http_host: Annotated[str, Meta(description="Address that the REST API listens on.")] = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65535, description="Port of the REST API; 0 takes a free one.")] = 8080
    request_timeout_seconds: Annotated[Seconds, Meta(description="How long a request waits for its actor before 503.")] = 5.0
    rate_limit_per_second: Annotated[int, Meta(ge=0, le=1_000_000, description="Requests a second per API key and edge process; 0 = no limit.")] = 2_000
    callbacks_per_second: Annotated[int, Meta(ge=0, le=1_000_000, description="Callbacks of payment providers a second, per remote address and edge process; 0 = no limit. Behind a proxy all have its address.")] = 100
    session_hours: Annotated[float, Meta(gt=0, le=168, description="A person who has signed in is signed out after this.")] = 12.0
    sign_ins_per_minute: Annotated[int, Meta(ge=0, le=1_000_000, description="Passwords and enrolment codes that one remote address may try a minute, per edge process; 0 = no limit. Behind a proxy all have its address.")] = 60
    public_url: Annotated[str, Meta(max_length=200, pattern=r"^(https?://[^\s?#]+)?$", description="Where customers reach the API: the QR code of a receipt leads there. Empty: `http_host` and `http_port`.")] = ""
    receipts_pages_per_second: Annotated[int, Meta(ge=0, le=1_000_000, description="Public pages of receipts a second, per remote address and edge process; 0 = no limit. Behind a proxy all have its address.")] = 20
    edge_requests_max: Annotated[Count, Meta(description="Requests under way in one edge process; the next gets 503.")] = 1_000

    # --- logs
    log_format: Annotated[Literal["console", "json"], Meta(description="Logs for a person or for a machine.")] = "console"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="What is logged at least.")] = "info"
    metrics_port: Annotated[int, Meta(ge=0, le=65535, description="Port of /metrics of a whole process, the next ones for those of --scale; 0 = none.")] = 0

    # --- webhooks
    webhooks_allow: Annotated[str, Meta(description="Networks that webhooks may reach although they are private, comma-separated: 127.0.0.0/8,::1/128. `kasir up` on one machine allows loopback.")] = ""
    webhooks_timeout_seconds: Annotated[Seconds, Meta(description="How long a listener may take to answer.")] = 15.0
    webhooks_lease_seconds: Annotated[Seconds, Meta(description="After this, the endpoints of a webhooks member that has died are taken over by the others.")] = 10.0
    webhooks_in_flight: Annotated[Count, Meta(description="Posts under way in one member.")] = 512
    webhooks_in_flight_per_endpoint: Annotated[Count, Meta(description="Posts under way to one endpoint, where it has no limit of its own.")] = 16
    webhooks_schedule_seconds: Annotated[str, Meta(description="Waits before each retry of one event, comma-separated, where the endpoint has none of its own.")] = "5,300,1800,7200,18000,36000,50400,72000,86400"
    webhooks_probe_seconds_max: Annotated[Seconds, Meta(description="How long at most between two probes of an endpoint that is down.")] = 300.0
    webhooks_failing_after_seconds: Annotated[Seconds, Meta(description="An endpoint that fails for so long is told to be failing.")] = 60.0
    webhooks_disable_after_days: Annotated[float, Meta(gt=0, le=365, description="An endpoint that fails for so long is disabled.")] = 5.0
    webhooks_catch_up_per_second: Annotated[Count, Meta(description="How fast an endpoint that is resumed gets what it has missed, where the call says nothing else.")] = 100
    webhooks_retention_days: Annotated[float, Meta(gt=0, le=36_500, description="How long deliveries and events are kept for looking, pulling and sending again.")] = 90.0

    # --- payments
    payments_providers: Annotated[str, Meta(pattern=r"^[a-z0-9_, ]*$", description="Names of the payment providers in use, comma-separated; the first is the usual one. There is: simulated.")] = ""
    payments_callback_url: Annotated[str, Meta(description="Where providers report to: the API's address as they see it. Empty: they are only asked.")] = ""
    payments_timeout_seconds: Annotated[Seconds, Meta(description="How long a payment provider may take to answer.")] = 10.0
    payments_look_up_seconds: Annotated[Seconds, Meta(description="A provider that has not reported a payment after this is asked; then less and less often.")] = 5.0
    payments_simulated_url: Annotated[str, Meta(description="Where the simulated provider is. Empty: `kasir up` starts one when `payments_providers` names it.")] = ""
    payments_simulated_secret: Annotated[str, Meta(description="What the simulated provider signs its reports with: whsec_ and 24 to 64 bytes in base64.")] = ""

    # --- shifts
    shifts_tolerance: Annotated[int, Meta(ge=0, description="By how much a drawer may differ from what should be in it, in minor units, before somebody must approve it.")] = 0

    # --- inventory
    inventory_reserve_seconds: Annotated[Seconds, Meta(description="After this, goods kept back for an order are compared with what the order says; let go when there is none.")] = 60.0

    # --- customers
    customers_country_code: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3}$", description="The country that phones without a country code belong to.")] = "62"

    # --- members
    commands_waiting_max: Annotated[Count, Meta(description="Commands of one kind that may wait in a member; the next is refused with busy.")] = 2_048
    reactions_batch: Annotated[Count, Meta(description="Events that one transaction takes at most; what came in one message is taken together.")] = 256
    reactions_ack_wait_seconds: Annotated[Seconds, Meta(description="After this, an event whose member has died goes to another.")] = 10.0
    reactions_tries: Annotated[Count, Meta(description="How often an event is tried before it becomes a dead letter.")] = 5
    stream_keep: Annotated[Count, Meta(description="Events that stay in JetStream after all have reacted. The log in Postgres keeps every one.")] = 100_000
    drain_seconds: Annotated[Seconds, Meta(description="How long a member may take to finish when it is told to stop.")] = 20.0

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).expanduser() if self.data_dir else default_data_dir()

    def __repr__(self) -> str:
        """Without the values: some are secrets, and a log may print this."""
        return "Settings(...)"


def read_settings(environ: Mapping[str, str], **given: Any) -> Settings:
    """Settings from the environment, overridden by what is `given` and not None. SettingsError names every bad one."""
    values: dict[str, Any] = {}
    for key in Settings.__struct_fields__:
        text = environ.get(PREFIX + key.upper())
        value = given.pop(key, None)
        if value is not None:
            values[key] = value
        elif text:
            values[key] = text
    if given:
        raise SettingsError(f"no such setting: {', '.join(sorted(given))}")
    return _convert(values)


def _convert(values: dict[str, Any]) -> Settings:
    problems: list[str] = []
    while True:
        try:
            settings = msgspec.convert(values, Settings, strict=False)
        except msgspec.ValidationError as error:
            what, _, path = str(error).partition(" - at `$.")
            key = path.rstrip("`")
            problems.append(f"{PREFIX}{key.upper()} is {values.pop(key)!r}, which cannot be used: {what}{_choices(key)}")
            continue
        if problems:
            raise SettingsError("; ".join(problems))
        return settings


def _choices(key: str) -> str:
    """For a setting that knows only a few values: which."""
    literal = next((argument for argument in get_args(get_type_hints(Settings)[key]) if isinstance(argument, str)), None)
    return f"; one of: {', '.join(get_args(get_type_hints(Settings)[key]))}" if literal else ""
