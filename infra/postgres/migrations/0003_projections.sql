-- How far each projection has come, in the same transaction as its rows: exactly once.
CREATE SCHEMA projections;

CREATE TABLE projections.checkpoints (
    projection text NOT NULL,
    version integer NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    writer uuid NOT NULL,
    command_offset bigint NOT NULL,
    sequence bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, topic, partition)
) WITH (fillfactor = 50); -- Few rows, changed all the time.
