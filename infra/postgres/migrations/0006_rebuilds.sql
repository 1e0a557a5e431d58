-- A read model may have several sets of tables: the live one (`orders` in read_orders), one that is being built
-- (`orders:next`), the one before the last switch (`orders:previous`), and some as of a past moment (`orders:at_…`).
-- Registry, checkpoints and parked events name the set as their projection. Each set has an id, so that whoever has its
-- rows in memory notices when another has taken its place.
ALTER TABLE projections.registry ADD COLUMN tables uuid NOT NULL DEFAULT gen_random_uuid();

-- Sets that are being built, or were when their builder ended.
CREATE TABLE projections.builds (
    name text PRIMARY KEY,    -- The set's.
    builder uuid NOT NULL,    -- Who may write: nobody else's transaction commits.
    phase text NOT NULL CHECK (phase IN ('filling', 'indexing', 'following')),
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
