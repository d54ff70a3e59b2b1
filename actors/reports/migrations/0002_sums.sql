-- migrate:up

-- Days that are over are added up once: into stretches of five days, months, quarters and years. So any period is a few rows of each key,
-- and what happens today is written once, into its day. `span` is one of those ("2026-11/4", "2026-11", "2026-Q4", "2026").
CREATE FUNCTION reports.spans_of(day date) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY[
    to_char(day, 'YYYY-MM/') || least((extract(day FROM day)::integer - 1) / 5 + 1, 6), to_char(day, 'YYYY-MM'), to_char(day, 'YYYY-"Q"Q'),
    to_char(day, 'YYYY')
];

CREATE TABLE reports.sums (
    generation smallint NOT NULL,
    back boolean NOT NULL,
    span text COLLATE "C" NOT NULL,
    store_id uuid NOT NULL,
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
    PRIMARY KEY (generation, kind, store_id, span, key, back)
) PARTITION BY LIST (generation);
CREATE TABLE reports.sums_0 PARTITION OF reports.sums FOR VALUES IN (0);
CREATE TABLE reports.sums_1 PARTITION OF reports.sums FOR VALUES IN (1);

CREATE TABLE reports.cost_sums (
    span text COLLATE "C" NOT NULL,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    sold bigint NOT NULL,
    cost numeric NOT NULL,
    lost numeric NOT NULL,
    uncosted bigint NOT NULL,
    PRIMARY KEY (store_id, span, variant_id)
);

-- Up to which day, included, the days of a store have been added up. What comes later for such a day is added to its spans, too.
-- `books`: days_0, days_1, cost_days.
CREATE TABLE reports.closed (
    books text COLLATE "C" NOT NULL,
    store_id uuid NOT NULL,
    until date NOT NULL,
    PRIMARY KEY (books, store_id)
) WITH (fillfactor = 50);

INSERT INTO reports.sums
SELECT generation, back, span, store_id, kind, key, min(currency), sum(count), sum(quantity), sum(gross), sum(discount), sum(service),
    sum(net), sum(tax), sum(total)
FROM reports.days CROSS JOIN LATERAL unnest(reports.spans_of(day)) AS one (span)
WHERE day < current_date - 2
GROUP BY generation, back, span, store_id, kind, key ORDER BY kind, store_id, span, key;
INSERT INTO reports.cost_sums
SELECT span, store_id, variant_id, sum(sold), sum(cost), sum(lost), sum(uncosted)
FROM reports.cost_days CROSS JOIN LATERAL unnest(reports.spans_of(day)) AS one (span)
WHERE day < current_date - 2
GROUP BY span, store_id, variant_id ORDER BY store_id, span, variant_id;
INSERT INTO reports.closed SELECT DISTINCT 'days_' || generation, store_id, current_date - 3 FROM reports.months;
INSERT INTO reports.closed SELECT DISTINCT 'cost_days', store_id, current_date - 3 FROM reports.cost_months;

DROP TABLE reports.months, reports.cost_months;

-- migrate:down
CREATE TABLE reports.months (LIKE reports.days INCLUDING ALL) PARTITION BY LIST (generation);
CREATE TABLE reports.months_0 PARTITION OF reports.months FOR VALUES IN (0) WITH (fillfactor = 80);
CREATE TABLE reports.months_1 PARTITION OF reports.months FOR VALUES IN (1) WITH (fillfactor = 80);
INSERT INTO reports.months
SELECT generation, back, date_trunc('month', day)::date, store_id, kind, key, min(currency), sum(count), sum(quantity), sum(gross),
    sum(discount), sum(service), sum(net), sum(tax), sum(total)
FROM reports.days GROUP BY 1, 2, 3, 4, 5, 6;
CREATE TABLE reports.cost_months (LIKE reports.cost_days INCLUDING ALL) WITH (fillfactor = 80);
INSERT INTO reports.cost_months
SELECT date_trunc('month', day)::date, store_id, variant_id, sum(sold), sum(cost), sum(lost), sum(uncosted) FROM reports.cost_days GROUP BY 1, 2, 3;
DROP TABLE reports.closed, reports.cost_sums, reports.sums;
DROP FUNCTION reports.spans_of;
