-- name: take_turns
-- Whoever changes the catalog does so alone until the commit, so that what was checked is still true when it is written.
-- Positions in the log need one writer at a time anyway; readers never wait.
SELECT pg_advisory_xact_lock(hashtextextended('catalog: one writer at a time', 0))

-- name: find_claims
SELECT claim, product_id FROM catalog.claims WHERE claim = ANY ($1::text[])

-- name: load_products
SELECT body FROM catalog.products WHERE id = ANY ($1::uuid[])

-- name: find_kin
-- `$1`: variants whose products are asked for; `$2`: variants of which it is asked what they are a part of.
SELECT claims.product_id, NULL::uuid AS part FROM catalog.claims
WHERE claim IN (SELECT 'variant:' || id FROM unnest($1::uuid[]) AS variants (id))
UNION ALL
SELECT product_id, variant_id FROM catalog.parts WHERE variant_id = ANY ($2::uuid[])

-- name: save_products
INSERT INTO catalog.products (id, position, name_folded, category, active, deleted, body)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::text[])
ON CONFLICT (id) DO UPDATE SET
    position = excluded.position, name_folded = excluded.name_folded, category = excluded.category,
    active = excluded.active, deleted = excluded.deleted, body = excluded.body

-- name: release_claims
DELETE FROM catalog.claims WHERE claim = ANY ($1::text[])

-- name: save_claims
-- Pairs of claim and holder. One that has moved from another product is there already.
INSERT INTO catalog.claims (claim, product_id)
SELECT pair ->> 0, (pair ->> 1)::uuid FROM json_array_elements($1::json) AS pairs (pair)
ON CONFLICT (claim) DO UPDATE SET product_id = excluded.product_id

-- name: release_parts
DELETE FROM catalog.parts WHERE product_id = ANY ($1::uuid[])

-- name: save_parts
INSERT INTO catalog.parts (variant_id, product_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])

-- name: get_products
SELECT id, body FROM catalog.products WHERE id = ANY ($1::uuid[]) AND NOT deleted

-- name: find_by_name
-- The find_ statements walk an index alone; `load_page` then reads the rows of one page. `$4`: LIKE patterns, all must match.
SELECT id FROM catalog.products
WHERE NOT deleted AND (name_folded, id) > ($1, $2)
    AND ($3::boolean IS NULL OR active = $3) AND name_folded LIKE ALL ($4::text[])
ORDER BY name_folded, id LIMIT $5

-- name: find_in_category
SELECT id FROM catalog.products
WHERE NOT deleted AND category = $6 AND (name_folded, id) > ($1, $2)
    AND ($3::boolean IS NULL OR active = $3) AND name_folded LIKE ALL ($4::text[])
ORDER BY name_folded, id LIMIT $5

-- name: find_by_word
-- `$6`, the longest word, goes through the trigrams; the rest is looked at in what that finds.
SELECT id FROM catalog.products
WHERE NOT deleted AND name_folded LIKE $6 AND (name_folded, id) > ($1, $2)
    AND ($3::boolean IS NULL OR active = $3) AND name_folded LIKE ALL ($4::text[])
ORDER BY name_folded, id LIMIT $5

-- name: find_by_words
-- The two longest words go through the trigrams: together they leave far less to look at and to sort.
SELECT id FROM catalog.products
WHERE NOT deleted AND name_folded LIKE $6 AND name_folded LIKE $7 AND (name_folded, id) > ($1, $2)
    AND ($3::boolean IS NULL OR active = $3) AND name_folded LIKE ALL ($4::text[])
ORDER BY name_folded, id LIMIT $5

-- name: find_one
-- The one that has all of the claims `$5`: somebody waits with a scanner in the hand, so it takes one round trip.
SELECT body FROM catalog.products
WHERE id = (SELECT product_id FROM catalog.claims WHERE claim = ANY ($5::text[]) GROUP BY product_id HAVING count(*) = cardinality($5))
    AND NOT deleted AND (name_folded, id) > ($1, $2) AND ($6::text IS NULL OR category = $6)
    AND ($3::boolean IS NULL OR active = $3) AND name_folded LIKE ALL ($4::text[])

-- name: load_page
-- Ends where the page would become too big for one message, but holds at least one product.
SELECT id, name_folded, body FROM (
    SELECT id, name_folded, body, sum(octet_length(body)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM catalog.products WHERE id = ANY ($1::uuid[])
    WINDOW up_to_here AS (ORDER BY name_folded, id)
) AS measured
WHERE bytes <= $2 OR nr = 1 ORDER BY name_folded, id

-- name: count_categories
SELECT category AS name, count(*) AS products
FROM catalog.products WHERE NOT deleted AND category IS NOT NULL
GROUP BY category ORDER BY category

-- name: list_changes
-- As `load_page`. `found` tells how many there would have been.
SELECT position, body, found FROM (
    SELECT position, body, count(*) OVER () AS found,
        sum(octet_length(body)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (SELECT position, body FROM catalog.products WHERE position > $1 ORDER BY position LIMIT $2) AS page
    WINDOW up_to_here AS (ORDER BY position)
) AS measured
WHERE bytes <= $3 OR nr = 1 ORDER BY position

-- name: find_variants
SELECT claims.claim, products.body FROM catalog.claims JOIN catalog.products ON products.id = claims.product_id
WHERE claims.claim = ANY ($1::text[])

-- name: find_price_lists
-- Those with one of the codes, and those with which a new one could collide.
SELECT body FROM catalog.price_lists WHERE code_folded = ANY ($1::text[])

-- name: find_promotions
SELECT body FROM catalog.promotions WHERE id = ANY ($1::uuid[]) OR code_folded = ANY ($2::text[])

-- name: save_price_lists
INSERT INTO catalog.price_lists (code, opened, position, body, code_folded)
SELECT code, position, position, body, code_folded
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS new (code, position, body, code_folded)
ON CONFLICT (code) DO UPDATE SET position = excluded.position, body = excluded.body

-- name: save_promotions
INSERT INTO catalog.promotions (id, opened, position, body, code_folded, active)
SELECT id, position, position, body, code_folded, active
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[]) AS new (id, position, body, code_folded, active)
ON CONFLICT (id) DO UPDATE SET position = excluded.position, body = excluded.body, active = excluded.active

-- name: get_price_lists
SELECT code, body FROM catalog.price_lists WHERE code = ANY ($1::text[])

-- name: get_promotions
SELECT id, body FROM catalog.promotions WHERE id = ANY ($1::uuid[])

-- name: list_price_lists
-- Pages end as those of `load_page`. `found` tells how many there would have been.
SELECT opened, body, found FROM (
    SELECT opened, body, count(*) OVER () AS found,
        sum(octet_length(body)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (SELECT opened, body FROM catalog.price_lists WHERE opened > $1 ORDER BY opened LIMIT $2) AS page
    WINDOW up_to_here AS (ORDER BY opened)
) AS measured
WHERE bytes <= $3 OR nr = 1 ORDER BY opened

-- name: list_promotions
-- Newest first; a coupon is found by its folded code.
SELECT opened, body, found FROM (
    SELECT opened, body, count(*) OVER () AS found,
        sum(octet_length(body)) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (
        SELECT opened, body FROM catalog.promotions
        WHERE opened < $1 AND ($4::text IS NULL OR code_folded = $4) AND ($5::boolean IS NULL OR active = $5)
        ORDER BY opened DESC LIMIT $2
    ) AS page
    WINDOW up_to_here AS (ORDER BY opened DESC)
) AS measured
WHERE bytes <= $3 OR nr = 1 ORDER BY opened DESC

-- name: list_offer_changes
-- Price lists and promotions in the order of their last change, in pages as those of `list_price_lists`.
SELECT position, price_list, promotion, found FROM (
    SELECT position, price_list, promotion, count(*) OVER () AS found,
        sum(octet_length(coalesce(price_list, promotion))) OVER up_to_here AS bytes, row_number() OVER up_to_here AS nr
    FROM (
        (SELECT position, body AS price_list, NULL AS promotion FROM catalog.price_lists WHERE position > $1 ORDER BY position LIMIT $2)
        UNION ALL
        (SELECT position, NULL, body FROM catalog.promotions WHERE position > $1 ORDER BY position LIMIT $2)
        ORDER BY position LIMIT $2
    ) AS page
    WINDOW up_to_here AS (ORDER BY position)
) AS measured
WHERE bytes <= $3 OR nr = 1 ORDER BY position
