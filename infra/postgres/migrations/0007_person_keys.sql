-- The keys with which what is personal is sealed, one a person (docs/decisions/0014). In no read model: they cannot be built
-- from the log. Erasing a person takes the key away and leaves the row, so that nobody makes another one.
CREATE SCHEMA personal;

CREATE TABLE personal.keys (
    user_id uuid PRIMARY KEY,
    wrapped text, -- Sealed with a master key of the configuration.
    created_at timestamptz NOT NULL DEFAULT now(),
    erased_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
) WITH (
    fillfactor = 90,
    -- A key that was taken away is still in its page until the page is cleaned: soon.
    autovacuum_vacuum_threshold = 1,
    autovacuum_vacuum_scale_factor = 0
);
