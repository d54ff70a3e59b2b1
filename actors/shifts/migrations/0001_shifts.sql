-- migrate:up

-- One row a register. `busy_until`: a shift may begin or end at this moment at the earliest, for what is before is in the books.
-- Whoever books something at a register, opens or closes a shift there, holds its row until the commit.
CREATE TABLE shifts.drawers (
    register_id uuid PRIMARY KEY,
    busy_until timestamptz NOT NULL,
    last_z bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- `body` is the shift as everybody gets to see it. A shift is from `opened_at` on, and until before `closed_at`; those of one
-- register never overlap. `closed_position`: what stands later in the log of orders is not in the Z report, but a correction of it.
CREATE TABLE shifts.shifts (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL,
    register_id uuid NOT NULL,
    business_date date NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz NOT NULL DEFAULT 'infinity',
    closed_position bigint,
    z_number bigint,
    approval text NOT NULL DEFAULT 'none',
    body text NOT NULL
);

CREATE UNIQUE INDEX shifts_open ON shifts.shifts (register_id) WHERE closed_at = 'infinity';
CREATE UNIQUE INDEX shifts_numbered ON shifts.shifts (register_id, z_number) WHERE z_number IS NOT NULL;
CREATE INDEX shifts_by_time ON shifts.shifts (register_id, closed_at);
CREATE INDEX shifts_by_register ON shifts.shifts (register_id, opened_at, id);
CREATE INDEX shifts_by_store ON shifts.shifts (store_id, opened_at, id);
CREATE INDEX shifts_newest ON shifts.shifts (opened_at, id);
CREATE INDEX shifts_by_day ON shifts.shifts (business_date, opened_at, id);
CREATE INDEX shifts_to_approve ON shifts.shifts (opened_at, id) WHERE approval = 'needed';

-- What was done in a shift, as a tally (see tally.py): until it was closed, and, `late`, what came after that.
CREATE TABLE shifts.figures (
    shift_id uuid NOT NULL,
    late boolean NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (shift_id, late)
) WITH (fillfactor = 50);

-- The same of what was done while no shift was open.
CREATE TABLE shifts.unshifted (
    register_id uuid NOT NULL,
    business_date date NOT NULL,
    store_id uuid NOT NULL,
    currency text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (register_id, business_date)
) WITH (fillfactor = 50);

CREATE INDEX unshifted_by_day ON shifts.unshifted (business_date, register_id);

CREATE TABLE shifts.cash_events (
    id uuid PRIMARY KEY,
    shift_id uuid NOT NULL REFERENCES shifts.shifts,
    kind text NOT NULL,
    amount bigint NOT NULL,
    at timestamptz NOT NULL,
    body text NOT NULL
);

CREATE INDEX cash_events_by_shift ON shifts.cash_events (shift_id, at, id);

CREATE TABLE shifts.corrections (
    shift_id uuid NOT NULL,
    position bigint NOT NULL,
    nr integer NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (shift_id, position, nr)
);

-- How many tenders of an order have been counted: only of those that were paid in several steps.
CREATE TABLE shifts.part_paid (
    order_id uuid PRIMARY KEY,
    tenders smallint NOT NULL
);

-- The check builds everything once more from the log, page by page: `position` is how far it has come, `bucket` is one of the figures
-- above by name.
CREATE TABLE shifts.proofs (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    events bigint NOT NULL,
    began_at timestamptz NOT NULL
);

CREATE TABLE shifts.proof_figures (
    proof_id uuid NOT NULL REFERENCES shifts.proofs ON DELETE CASCADE,
    bucket text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (proof_id, bucket)
) WITH (fillfactor = 50);

CREATE TABLE shifts.proof_part_paid (
    proof_id uuid NOT NULL REFERENCES shifts.proofs ON DELETE CASCADE,
    order_id uuid NOT NULL,
    tenders smallint NOT NULL,
    PRIMARY KEY (proof_id, order_id)
);

-- migrate:down
DROP TABLE shifts.proof_part_paid, shifts.proof_figures, shifts.proofs, shifts.part_paid, shifts.corrections, shifts.cash_events,
    shifts.unshifted, shifts.figures, shifts.shifts, shifts.drawers;
