-- migrate:up

-- How a store's receipts look.
CREATE TABLE receipts.templates (
    store_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    language text NOT NULL,
    width text NOT NULL,
    header text[] NOT NULL,
    footer text[] NOT NULL,
    logo text,
    show_address boolean NOT NULL,
    show_taxes boolean NOT NULL,
    show_qr boolean NOT NULL,
    updated_at timestamptz NOT NULL
);

-- How often a receipt has been printed.
CREATE TABLE receipts.prints (
    order_id uuid PRIMARY KEY,
    prints bigint NOT NULL
) WITH (fillfactor = 50);

-- Each register's chain, in the order in which its receipts were completed and refunded. `refund` 0: the sale itself.
CREATE TABLE receipts.links (
    register_id uuid NOT NULL,
    position bigint NOT NULL,
    number bigint NOT NULL,
    order_id uuid NOT NULL,
    refund integer NOT NULL,
    facts bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (register_id, position)
);
CREATE UNIQUE INDEX links_by_number ON receipts.links (register_id, number, refund);

-- Where each chain ends. `began`: the first number in it; receipts from before there was a chain are in none.
CREATE TABLE receipts.chains (
    register_id uuid PRIMARY KEY,
    position bigint NOT NULL,
    began bigint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL
) WITH (fillfactor = 10);

-- migrate:down
DROP TABLE receipts.chains, receipts.links, receipts.prints, receipts.templates;
