-- migrate:up

-- How far this actor has followed the logs of others: moved in the transaction of what it does about them.
CREATE TABLE followed (
    log text PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 10);

-- migrate:down
DROP TABLE followed;
