-- migrate:up

-- A product may have several taxes: "tax": "ppn" becomes "taxes": ["ppn"], and null becomes [].
UPDATE catalog.products SET body = (
    body::jsonb - 'tax' || jsonb_build_object('taxes', jsonb_path_query_array(body::jsonb, '$.tax ? (@ != null)'))
)::text
WHERE body::jsonb ? 'tax';

-- Which products have which variants among their components: whoever is a part of others is not deleted, and no recipe leads in a circle.
CREATE TABLE catalog.parts (
    variant_id uuid NOT NULL,
    product_id uuid NOT NULL REFERENCES catalog.products,
    PRIMARY KEY (variant_id, product_id)
);

CREATE INDEX parts_by_product ON catalog.parts (product_id);

-- Price lists and promotions are kept as products are. `opened` and `position` are places in the log: of the beginning, which
-- orders lists, and of the last change. Codes are taken in any case: VIP and vip would look alike.
CREATE TABLE catalog.price_lists (
    code text COLLATE "C" PRIMARY KEY,
    code_folded text COLLATE "C" NOT NULL UNIQUE,
    opened bigint NOT NULL UNIQUE,
    position bigint NOT NULL UNIQUE,
    body text NOT NULL
);

CREATE TABLE catalog.promotions (
    id uuid PRIMARY KEY,
    code_folded text COLLATE "C" UNIQUE,
    active boolean NOT NULL,
    opened bigint NOT NULL UNIQUE,
    position bigint NOT NULL UNIQUE,
    body text NOT NULL
);

-- migrate:down
DROP TABLE catalog.promotions, catalog.price_lists, catalog.parts;

UPDATE catalog.products
SET body = (body::jsonb - 'taxes' || jsonb_build_object('tax', body::jsonb -> 'taxes' -> 0))::text
WHERE body::jsonb ? 'taxes';
