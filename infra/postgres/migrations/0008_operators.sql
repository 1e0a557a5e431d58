-- Saga instances that wait for an answer or for an operator: few among all that there are. Written with their snapshots.
CREATE TABLE sagas.waiting (
    space text NOT NULL,
    key text NOT NULL,
    partition integer NOT NULL,
    saga text NOT NULL,
    phase text NOT NULL,
    since timestamptz NOT NULL,
    steps bigint NOT NULL,
    waits_for text NOT NULL,
    parked bigint NOT NULL,
    parked_because text NOT NULL,
    PRIMARY KEY (space, key)
) WITH (fillfactor = 70); -- Rows come and go all the time.
CREATE INDEX waiting_since ON sagas.waiting (saga, since);
CREATE INDEX waiting_parked ON sagas.waiting (saga, parked_because) WHERE parked > 0;

-- What operators have done: who, why, when.
CREATE SCHEMA operations;
CREATE TABLE operations.actions (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    who text NOT NULL,
    what text NOT NULL, -- `retry`, `discard`, `skip`, `compensate`
    target text NOT NULL, -- For instance `read-model orders/3f0c…`
    reason text NOT NULL,
    details text NOT NULL -- What was left out, as JSON.
);
CREATE INDEX actions_at ON operations.actions (at);

-- A retry of parked events changes rows that an owner may have in memory: who finds another number than it began with
-- begins anew from the checkpoint.
ALTER TABLE projections.checkpoints ADD COLUMN interventions bigint NOT NULL DEFAULT 0;
