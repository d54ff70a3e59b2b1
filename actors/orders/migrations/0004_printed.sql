-- migrate:up

-- What registers had printed offline was not counted before. The next number is none that may be on a receipt already; one that is
-- more than a million ahead is made of a date, or by a mistake.
UPDATE orders.receipt_numbers AS numbers SET last = printed.number
FROM (
    SELECT register_id, max(n.number) AS number
    FROM orders.orders
    JOIN orders.receipt_numbers AS known USING (register_id)
    CROSS JOIN LATERAL (SELECT substring(receipt FROM '-([0-9]{6,15})$')::bigint AS number) AS n
    WHERE n.number BETWEEN known.last + 1 AND known.last + 1000000
    GROUP BY register_id
) AS printed
WHERE printed.register_id = numbers.register_id;

-- migrate:down
