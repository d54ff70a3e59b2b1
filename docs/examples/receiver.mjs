// A listener that keeps exact books, with Node alone (24 or newer; nothing to install). Copy it, and put your own work into `work`.
//
//     WEBHOOK_SECRET=whsec_... node receiver.mjs
//
// Everything is in one SQLite file: the events as they came, and the books that are made of them. Both are written in one transaction,
// so an event has its effect once, however often it comes, and whenever this program is killed.
//
//     WEBHOOK_SECRET                             the endpoint's secret; during a rotation the old and the new one, with a space between
//     BOOKS, PORT                                the file (books.db), and where to listen (9000)
//     KASIR_URL, KASIR_API_KEY, KASIR_ENDPOINT   where to fetch what is missing; without them it waits until Kasir posts it again

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

const { WEBHOOK_SECRET, BOOKS = "books.db", PORT = "9000", GAP_SECONDS = "30", KASIR_URL, KASIR_API_KEY, KASIR_ENDPOINT } = process.env;
const KEYS = WEBHOOK_SECRET.split(" ").map((secret) => Buffer.from(secret.replace("whsec_", ""), "base64"));
const TOLERANCE_SECONDS = 300;
const BODY_BYTES_MAX = 8 * 2 ** 20;

const books = new DatabaseSync(BOOKS);
books.exec(`
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS events (seq INTEGER, id TEXT PRIMARY KEY, type TEXT NOT NULL, body BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS events_by_seq ON events (seq);
  CREATE TABLE IF NOT EXISTS feed (whole_to INTEGER NOT NULL);
  INSERT INTO feed SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM feed);
  CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, status TEXT NOT NULL, payment TEXT NOT NULL, total INTEGER NOT NULL, refunded INTEGER NOT NULL
  );
`);
const insertEvent = books.prepare("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)");
const hasSeq = books.prepare("SELECT 1 FROM events WHERE seq = ?");
const wholeTo = books.prepare("SELECT whole_to FROM feed");
const setWholeTo = books.prepare("UPDATE feed SET whole_to = ?");
const count = books.prepare("SELECT count(*) AS events, coalesce(max(seq), 0) AS highest FROM events");
const upsertOrder = books.prepare(`
  INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,
    payment = excluded.payment, total = excluded.total, refunded = excluded.refunded WHERE excluded.version > orders.version`);

// --- yours: what an event means to you ---------------------------------------------------------------------------

// Called once for each event, inside its transaction. Types and fields that you do not know are no mistake.
function work(event) {
  const order = event.type.startsWith("order.") && event.data.order;
  if (!order) return;
  const refunded = (order.refunds ?? []).reduce((sum, refund) => sum + refund.amount.amount, 0);
  upsertOrder.run(order.id, order.version, order.status, order.payment, order.totals.total.amount, refunded);
}

// --- Kasir's: genuine, once, and without a gap ---------------------------------------------------------------------

// Whether one of our secrets has signed exactly these bytes, within the last five minutes.
function genuine(id, timestamp, signatures, body) {
  if (!id || !/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const ours = KEYS.map((key) => Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")));
  const given = (signatures ?? "").split(" ").map((one) => Buffer.from(one));
  return ours.some((one) => given.some((other) => one.length === other.length && timingSafeEqual(one, other)));
}

// Has its effect, once: a second one with the same id changes nothing. Nothing else runs meanwhile: Node has one thread.
function take(seq, id, body) {
  const event = JSON.parse(body);
  books.exec("BEGIN IMMEDIATE");
  try {
    if (insertEvent.run(seq, id, event.type, body).changes) {
      work(event);
      let whole = wholeTo.get().whole_to;
      while (hasSeq.get(whole + 1)) whole += 1;
      setWholeTo.run(whole);
    }
    books.exec("COMMIT");
  } catch (error) {
    books.exec("ROLLBACK");
    throw error;
  }
}

const state = () => ({ ...count.get(), whole_to: wholeTo.get().whole_to });

// Pulls all that is behind the last gap, and checks it as if it had been posted. What is there already stays as it is.
async function fetchMissing() {
  for (let after = state().whole_to; ; ) {
    const url = `${KASIR_URL}/v1/webhook-endpoints/${KASIR_ENDPOINT}/events?after=${after}&limit=500`;
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${KASIR_API_KEY}` }, signal: AbortSignal.timeout(60_000) });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    const { items } = await answer.json();
    if (!items.length) return;
    for (const item of items) {
      const body = Buffer.from(item.body);
      if (!genuine(item.id, String(item.timestamp), item.signature, body)) throw new Error(`${item.id} is signed by somebody else`);
      take(item.seq, item.id, body);
      after = item.seq;
    }
  }
}

// At the start whatever was missed is fetched; then whatever has been missing for GAP_SECONDS: events overtake each other.
async function watchForGaps() {
  for (let stuckAt = state().whole_to; ; ) {
    const now = state();
    if (now.whole_to === stuckAt) await fetchMissing().catch((error) => console.log(`cannot fetch what comes after ${stuckAt}: ${error.message}`));
    await sleep(Number(GAP_SECONDS) * 1000);
    stuckAt = now.highest > now.whole_to ? now.whole_to : -1;
  }
}

async function read(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > BODY_BYTES_MAX) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function answer(request) {
  if (request.method === "GET") return [200, JSON.stringify(state())]; // for whoever looks after it
  const body = await read(request);
  if (body === null) return [413];
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures, "webhook-seq": seq } = request.headers;
  if (!genuine(id, timestamp, signatures, body)) return [401];
  take(Number(seq ?? 0), id, body);
  return [204]; // only now: it is on disk
}

const server = createServer((request, response) => {
  answer(request)
    .then(([status, body]) => response.writeHead(status).end(body))
    .catch((error) => {
      console.log(error.message); // a body that broke off, or books that cannot be written: Kasir will come again
      if (!response.headersSent) response.writeHead(500).end();
    });
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`Listening on port ${server.address().port}.`));
if (KASIR_URL && KASIR_ENDPOINT) watchForGaps();
