-- migrate:up

-- The few that are not settled are counted again and again.
CREATE INDEX intents_unsettled ON payments.intents (created_at)
    WHERE (taken IS NULL AND state IN ('held', 'approved')) OR refunded < refund_due OR state = 'returning';

-- migrate:down
DROP INDEX payments.intents_unsettled;
