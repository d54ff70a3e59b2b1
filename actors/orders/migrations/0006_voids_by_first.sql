-- migrate:up

-- They are read page by page, with the receipts, in the order in which they begin.
CREATE INDEX voided_receipts_by_first ON orders.voided_receipts (register_id, first);

-- migrate:down
DROP INDEX orders.voided_receipts_by_first;
