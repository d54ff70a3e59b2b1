-- migrate:up

-- Quantities are thousandths of the variant's own unit; costs are of one unit, in 1/10,000 of the currency's minor unit.

-- Why the stock is as it is. Nothing in it is ever edited: a mistake is put right by another movement.
CREATE TABLE inventory.movements (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    kind text NOT NULL,
    quantity bigint NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    reserved bigint NOT NULL,
    in_transit bigint NOT NULL,
    unit_cost bigint,
    reference_id uuid,
    reference text NOT NULL,
    reason text NOT NULL,
    by text NOT NULL
);
-- Ids are made as time goes: newest first is by id.
CREATE INDEX movements_of_level ON inventory.movements (store_id, variant_id, id);
CREATE INDEX movements_by_reference ON inventory.movements (reference_id);
CREATE INDEX movements_of_store ON inventory.movements (store_id, id);
-- Sales are most of the ledger; whoever asks for them finds some wherever they look.
CREATE INDEX movements_by_kind ON inventory.movements (kind, id) WHERE kind <> 'sale';

CREATE FUNCTION inventory.refuse_edits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is never edited: add a movement that puts it right';
END
$$;
CREATE TRIGGER movements_are_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory.movements
    FOR EACH STATEMENT EXECUTE FUNCTION inventory.refuse_edits();

-- The sum of the ledger for each store and variant, so that nobody has to add it up.
CREATE TABLE inventory.levels (
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    on_hand bigint NOT NULL DEFAULT 0,
    reserved bigint NOT NULL DEFAULT 0,
    in_transit bigint NOT NULL DEFAULT 0,
    reorder_point bigint,
    average_cost bigint,
    currency text NOT NULL,
    -- When it was counted last, and by which count: what happened before that, the count has seen.
    counted_at timestamptz,
    count_id uuid,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, variant_id)
) WITH (fillfactor = 50);
-- None of them holds what a sale changes: its update stays within the page.
CREATE INDEX levels_of_product ON inventory.levels (product_id);
CREATE INDEX levels_of_variant ON inventory.levels (variant_id);
CREATE INDEX levels_to_reorder ON inventory.levels (store_id, variant_id) WHERE reorder_point IS NOT NULL;

-- Up to which version each order has been followed. What was applied is in the ledger. `heard`: by how many events it got there.
CREATE TABLE inventory.orders (
    order_id uuid PRIMARY KEY,
    store_id uuid NOT NULL,
    version bigint NOT NULL,
    heard integer NOT NULL
) WITH (fillfactor = 80);

-- What is kept back for orders that are not paid yet, as JSON: [{"variant_id", "product_id", "milli"}]. `confirmed`: orders was
-- asked, and says the same.
CREATE TABLE inventory.reservations (
    order_id uuid PRIMARY KEY,
    store_id uuid NOT NULL,
    lines text NOT NULL,
    -- The newest version of the order that it was asked for, and whether the order has told that version, or a later one.
    version bigint NOT NULL,
    confirmed boolean NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX reservations_to_confirm ON inventory.reservations (asked_at) WHERE NOT confirmed;

CREATE TABLE inventory.counts (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL,
    currency text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    note text NOT NULL,
    lines integer NOT NULL,
    opened_by text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX counts_of_store ON inventory.counts (store_id, id);
CREATE INDEX counts_by_state ON inventory.counts (state, id);

CREATE TABLE inventory.count_lines (
    count_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    counted bigint,
    counted_at timestamptz,
    expected bigint,
    PRIMARY KEY (count_id, variant_id)
);

-- `body` is what everybody gets to see; `costs` what one unit of each line cost where it came from, null when unknown.
CREATE TABLE inventory.transfers (
    id uuid PRIMARY KEY,
    from_store_id uuid NOT NULL,
    to_store_id uuid NOT NULL,
    state text NOT NULL,
    costs text NOT NULL,
    body text NOT NULL
);
CREATE INDEX transfers_from ON inventory.transfers (from_store_id, id);
CREATE INDEX transfers_to ON inventory.transfers (to_store_id, id);
CREATE INDEX transfers_by_state ON inventory.transfers (state, id);

-- migrate:down
DROP TABLE inventory.transfers, inventory.count_lines, inventory.counts, inventory.reservations, inventory.orders, inventory.levels,
    inventory.movements;
DROP FUNCTION inventory.refuse_edits;
