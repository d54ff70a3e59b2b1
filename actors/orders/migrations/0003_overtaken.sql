-- migrate:up

-- Ends the statement as if another member had been quicker, for it has been: whoever asked looks again.
CREATE FUNCTION orders.overtaken() RETURNS bigint LANGUAGE plpgsql AS
    $$ BEGIN RAISE serialization_failure USING MESSAGE = 'another member has given receipt numbers of this register'; END $$;

-- migrate:down
DROP FUNCTION orders.overtaken;
