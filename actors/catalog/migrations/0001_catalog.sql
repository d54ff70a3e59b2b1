-- migrate:up

-- In public, because an extension is there once for the whole database, whoever else uses it.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- `body` is the product as everybody gets to see it: the same JSON in answers, in the feed and in events.
-- The other columns are what it is found by. A deleted product stays as a tombstone, for the feed.
CREATE TABLE catalog.products (
    id uuid PRIMARY KEY,
    position bigint NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    category text COLLATE "C",
    active boolean NOT NULL,
    deleted boolean NOT NULL,
    body text NOT NULL
);

CREATE UNIQUE INDEX products_by_position ON catalog.products (position);
-- Lists walk these two without touching the table until they know their page.
CREATE INDEX products_by_name ON catalog.products (name_folded, id) INCLUDE (category, active) WHERE NOT deleted;
CREATE INDEX products_by_category ON catalog.products (category, name_folded, id) INCLUDE (active) WHERE NOT deleted;
CREATE INDEX products_by_words ON catalog.products USING gin (name_folded public.gin_trgm_ops) WHERE NOT deleted;

-- What only one live product may have: 'sku:...', 'barcode:...', 'external:system:id', 'variant:id'.
CREATE TABLE catalog.claims (
    claim text COLLATE "C" PRIMARY KEY,
    product_id uuid NOT NULL
);

-- migrate:down
DROP TABLE catalog.claims, catalog.products;
