-- migrate:up
CREATE TABLE notes.notes (
    position bigint PRIMARY KEY,
    text text NOT NULL,
    by_member text NOT NULL
);
CREATE TABLE notes.unique_texts (text text PRIMARY KEY);

-- migrate:down
DROP TABLE notes.unique_texts, notes.notes;
