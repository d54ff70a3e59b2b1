-- migrate:up

-- Sums of what was sold (`back` false) and of what went back (`back` true), kept up by following the log of `orders`.
-- `kind` says from which side: total, hour, register, cashier, product, category, group, tender, tax, discount, tip, reason, refund,
-- void, sold_on; `key` is one of that side. `quantity` is in thousandths, amounts are in minor units.
-- There are two generations of them: the one that is read, and the one in which everything is counted again.
CREATE TABLE reports.days (
    generation smallint NOT NULL,
    back boolean NOT NULL,
    day date NOT NULL,
    store_id uuid NOT NULL,
    -- "C": compared byte by byte, which takes a fraction of the time. Nobody wants them in alphabetical order.
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    quantity bigint NOT NULL,
    gross bigint NOT NULL,
    discount bigint NOT NULL,
    service bigint NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (generation, kind, store_id, day, key, back)
) PARTITION BY LIST (generation);
CREATE TABLE reports.days_0 PARTITION OF reports.days FOR VALUES IN (0) WITH (fillfactor = 80);
CREATE TABLE reports.days_1 PARTITION OF reports.days FOR VALUES IN (1) WITH (fillfactor = 80);

-- The same, by month: a year of a product is twelve rows. `day` is the first of the month.
CREATE TABLE reports.months (LIKE reports.days INCLUDING ALL) PARTITION BY LIST (generation);
CREATE TABLE reports.months_0 PARTITION OF reports.months FOR VALUES IN (0) WITH (fillfactor = 80);
CREATE TABLE reports.months_1 PARTITION OF reports.months FOR VALUES IN (1) WITH (fillfactor = 80);

-- How many refunds of an order have been counted. Most orders have none, and no row.
CREATE TABLE reports.refunds (
    generation smallint NOT NULL,
    order_id uuid NOT NULL,
    counted integer NOT NULL,
    PRIMARY KEY (generation, order_id)
) PARTITION BY LIST (generation);
CREATE TABLE reports.refunds_0 PARTITION OF reports.refunds FOR VALUES IN (0);
CREATE TABLE reports.refunds_1 PARTITION OF reports.refunds FOR VALUES IN (1);

-- Which generation is read. `building`: everything is being counted again in the other one, up to `position` of the log.
CREATE TABLE reports.state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation smallint NOT NULL,
    building boolean NOT NULL,
    position bigint NOT NULL,
    head bigint NOT NULL,
    built_at timestamptz
);
INSERT INTO reports.state (generation, building, position, head) VALUES (0, false, 0, 0);

-- What keys are called, as the last sale said.
CREATE TABLE reports.names (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    name text NOT NULL,
    code text NOT NULL,
    PRIMARY KEY (kind, key)
);

-- What left the stock and what came back, at cost, as inventory's ledger says: asked for when a day has changed.
-- Costs are in 1/10,000 of the minor unit, before rounding. `lost`: waste, corrections, differences of counts.
CREATE TABLE reports.cost_days (
    day date NOT NULL,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    sold bigint NOT NULL,
    cost numeric NOT NULL,
    lost numeric NOT NULL,
    uncosted bigint NOT NULL,
    PRIMARY KEY (store_id, day, variant_id)
) WITH (fillfactor = 80);
CREATE TABLE reports.cost_months (LIKE reports.cost_days INCLUDING ALL) WITH (fillfactor = 80);

-- Days of which costs are to be asked for again: until nothing has changed for a while.
CREATE TABLE reports.uncosted_days (
    store_id uuid NOT NULL,
    day date NOT NULL,
    changed_at timestamptz NOT NULL,
    costed_at timestamptz,
    PRIMARY KEY (store_id, day)
) WITH (fillfactor = 50);

-- What the stock of each store was worth, as it was seen last on each of its days.
CREATE TABLE reports.stock_values (
    store_id uuid NOT NULL,
    day date NOT NULL,
    currency text NOT NULL,
    variants integer NOT NULL,
    value bigint NOT NULL,
    below_zero integer NOT NULL,
    uncosted integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (store_id, day)
) WITH (fillfactor = 50);

-- migrate:down
DROP TABLE reports.stock_values, reports.uncosted_days, reports.cost_months, reports.cost_days, reports.names, reports.state,
    reports.refunds, reports.months, reports.days;
