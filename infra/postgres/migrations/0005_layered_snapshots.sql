-- One row for each aggregate that a flush has changed, instead of one for each of its changed entries: whole (layer 0), or
-- a layer over it, named by the offset of its last event. What was written in the old form is rebuilt from the log.
DROP TABLE write_side.snapshots;
TRUNCATE write_side.watermarks, write_side.outcomes;

CREATE TABLE write_side.snapshots (
    space text NOT NULL,
    partition integer NOT NULL,
    key text NOT NULL,
    layer bigint NOT NULL,
    "offset" bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (space, partition, key, layer)
) WITH (fillfactor = 80); -- Room for updates within the page.
