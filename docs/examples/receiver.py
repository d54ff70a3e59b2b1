"""A listener that keeps exact books, with Python's standard library alone. Copy it, and put your own work into `work`.

    WEBHOOK_SECRET=whsec_... python receiver.py

Everything is in one SQLite file: the events as they came, and the books that are made of them. Both are written in one transaction, so
an event has its effect once, however often it comes, and whenever this program is killed.

    WEBHOOK_SECRET                             the endpoint's secret; during a rotation the old and the new one, with a space between
    BOOKS, PORT                                the file (books.db), and where to listen (9000)
    KASIR_URL, KASIR_API_KEY, KASIR_ENDPOINT   where to fetch what is missing; without them it waits until Kasir posts it again
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS = os.environ["WEBHOOK_SECRET"].split()
KASIR, ENDPOINT = os.environ.get("KASIR_URL"), os.environ.get("KASIR_ENDPOINT")
TOLERANCE_SECONDS = 300
GAP_SECONDS = float(os.environ.get("GAP_SECONDS", "30"))  # events overtake each other: a gap is none before it is so old
BODY_BYTES_MAX = 8 * 2**20

TABLES = """
CREATE TABLE IF NOT EXISTS events (seq INTEGER, id TEXT PRIMARY KEY, type TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_seq ON events (seq);
CREATE TABLE IF NOT EXISTS feed (whole_to INTEGER NOT NULL);
INSERT INTO feed SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM feed);
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, status TEXT NOT NULL, payment TEXT NOT NULL, total INTEGER NOT NULL, refunded INTEGER NOT NULL
);
"""


# --- yours: what an event means to you -------------------------------------------------------------------------


def work(books: sqlite3.Connection, event: dict) -> None:
    """Called once for each event, inside its transaction. Types and fields that you do not know are no mistake."""
    order = event["data"].get("order") if event["type"].startswith("order.") else None
    if not order:
        return
    refunded = sum(refund["amount"]["amount"] for refund in order.get("refunds", []))
    books.execute(
        # Whoever catches up sees old versions after new ones: the highest stays.
        "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,"
        " payment = excluded.payment, total = excluded.total, refunded = excluded.refunded WHERE excluded.version > orders.version",
        (order["id"], order["version"], order["status"], order["payment"], order["totals"]["total"]["amount"], refunded),
    )


# --- Kasir's: genuine, once, and without a gap ------------------------------------------------------------------


def genuine(id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Whether one of our secrets has signed exactly these bytes, within the last five minutes."""
    if not id or not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{id}.{timestamp}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in SECRETS]
    ours = [b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)) for key in keys]
    return any(hmac.compare_digest(one, given.encode()) for one in ours for given in signatures.split(" "))


class Books:
    """One writer at a time, each event in one transaction."""

    def __init__(self, path: str) -> None:
        self.lock = threading.Lock()
        self.file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.file.execute("PRAGMA journal_mode = WAL")
        self.file.execute("PRAGMA synchronous = FULL")
        self.file.executescript(TABLES)

    def take(self, seq: int, id: str, body: bytes) -> None:
        """Has its effect, once: a second one with the same id changes nothing."""
        event = json.loads(body)
        with self.lock, self.file:  # sqlite3 commits at the end, or rolls back
            self.file.execute("BEGIN IMMEDIATE")
            if self.file.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", (seq, id, event["type"], body)).rowcount:
                work(self.file, event)
                self.advance(self.whole_to())

    def advance(self, whole_to: int) -> None:
        while self.file.execute("SELECT 1 FROM events WHERE seq = ?", (whole_to + 1,)).fetchone():
            whole_to += 1
        self.file.execute("UPDATE feed SET whole_to = ?", (whole_to,))

    def whole_to(self) -> int:
        """Up to this seq nothing is missing."""
        return self.file.execute("SELECT whole_to FROM feed").fetchone()[0]

    def state(self) -> dict:
        with self.lock:
            events, highest = self.file.execute("SELECT count(*), coalesce(max(seq), 0) FROM events").fetchone()
            return {"events": events, "whole_to": self.whole_to(), "highest": highest}


def fetch_missing(books: Books) -> None:
    """Pulls all that is behind the last gap, and checks it as if it had been posted. What is there already stays as it is."""
    after = books.state()["whole_to"]
    while page := pull(after):
        for item in page:
            body = item["body"].encode()
            if not genuine(item["id"], str(item["timestamp"]), item["signature"], body):
                raise ValueError(f"{item['id']} is signed by somebody else")
            books.take(item["seq"], item["id"], body)
            after = item["seq"]


def pull(after: int) -> list[dict]:
    request = urllib.request.Request(f"{KASIR}/v1/webhook-endpoints/{ENDPOINT}/events?after={after}&limit=500")
    request.add_header("Authorization", f"Bearer {os.environ['KASIR_API_KEY']}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["items"]
    except urllib.error.HTTPError as error:
        raise OSError(f"{error.code} {error.read().decode()}") from None  # webhooks.gone: too old, compare with a digest


def watch_for_gaps(books: Books) -> None:
    """At the start whatever was missed is fetched; then whatever has been missing for GAP_SECONDS."""
    stuck_at = books.state()["whole_to"]
    while True:
        now = books.state()
        if now["whole_to"] == stuck_at:
            try:
                fetch_missing(books)
            except Exception as error:  # Kasir is away, or says no: the next round tries again
                print(f"cannot fetch what comes after {stuck_at}: {error}", flush=True)
        time.sleep(GAP_SECONDS)
        stuck_at = now["whole_to"] if now["highest"] > now["whole_to"] else -1


class Listener(BaseHTTPRequestHandler):
    protocol_version, timeout, disable_nagle_algorithm = "HTTP/1.1", 60, True
    books: Books

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        if size > BODY_BYTES_MAX:
            self.close_connection = True
            return self.answer(413)
        body = self.rfile.read(size)
        told = [self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        if len(body) < size or not genuine(*told, body):
            return self.answer(401)
        self.books.take(int(self.headers.get("webhook-seq", 0)), told[0], body)
        self.answer(204)  # only now: it is on disk

    def do_GET(self) -> None:
        """For whoever looks after it: how much is there, and up to where nothing is missing."""
        self.answer(200, json.dumps(self.books.state()).encode())

    def answer(self, status: int, body: bytes = b"") -> None:
        with suppress(ConnectionError):  # whoever has hung up will come again
            self.send_response(status)
            if status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *about: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if __name__ == "__main__":
    Listener.books = Books(os.environ.get("BOOKS", "books.db"))
    if KASIR and ENDPOINT:
        threading.Thread(target=watch_for_gaps, args=(Listener.books,), daemon=True).start()
    with Server(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Listener) as server:
        print(f"Listening on port {server.server_port}.", flush=True)
        server.serve_forever()
