-- How many aggregates a projection has seen in a partition: what the limit of parked ones is a share of.
ALTER TABLE projections.checkpoints ADD COLUMN aggregates bigint NOT NULL DEFAULT 0;

-- Which version of a read model's tables is in which schema.
CREATE TABLE projections.registry (
    name text NOT NULL,
    version integer NOT NULL,
    schema_name text NOT NULL UNIQUE,
    definition text NOT NULL, -- The statements that made the tables: a change of them needs another version.
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version)
);

-- Events that wait: one that could not be applied, and the later ones of its aggregate. They are in the log; here is
-- where. A partition of them is read with the checkpoint, by the same owner.
CREATE TABLE projections.parked (
    projection text NOT NULL,
    version integer NOT NULL,
    context text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    aggregate text NOT NULL,
    first boolean NOT NULL, -- The one that could not be applied; the others wait behind it.
    reason text NOT NULL,
    event_time timestamptz NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, context, partition, "offset")
);
