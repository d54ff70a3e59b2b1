-- migrate:up

-- The check goes through all of them by id: what was booked for one payment intent is found by it, and nobody asks for the newest.
CREATE INDEX credit_entries_by_intent ON customers.credit_entries (intent_id) WHERE intent_id IS NOT NULL;
DROP INDEX customers.lots_newest, customers.charges_newest;

-- migrate:down
CREATE INDEX lots_newest ON customers.lots (at DESC) WHERE order_id IS NOT NULL;
CREATE INDEX charges_newest ON customers.charges (at DESC) WHERE state = 'approved';
DROP INDEX customers.credit_entries_by_intent;
