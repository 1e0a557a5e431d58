-- State written behind (design §2.7). The log is the truth: all of this can be thrown away and is rebuilt from it.
CREATE SCHEMA write_side;

-- How far the snapshots of a partition reach. Its row is the lock under which a flush is written.
CREATE TABLE write_side.watermarks (
    space text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    writer uuid NOT NULL,
    command_offset bigint NOT NULL,
    sequence bigint NOT NULL,
    answered_below bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space, partition)
);

-- Aggregates and saga instances: the root (part '') and the parts that grow without bound.
CREATE TABLE write_side.snapshots (
    space text NOT NULL,
    partition integer NOT NULL,
    key text NOT NULL,
    part text NOT NULL,
    "offset" bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (space, partition, key, part)
) WITH (fillfactor = 80); -- Room for updates within the page.

-- The window of outcomes, in pieces: each covers [first_offset, next_offset).
CREATE TABLE write_side.outcomes (
    space text NOT NULL,
    partition integer NOT NULL,
    first_offset bigint NOT NULL,
    next_offset bigint NOT NULL,
    piece bytea NOT NULL,
    PRIMARY KEY (space, partition, first_offset)
);
-- A piece is a packed list of ids and offsets: there is nothing to compress.
ALTER TABLE write_side.outcomes ALTER COLUMN piece SET STORAGE EXTERNAL;
