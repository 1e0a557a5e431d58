-- What a saga wants to hear at a certain time. The scheduler claims due rows with SKIP LOCKED and turns them into inbox
-- messages. (Saga instances are snapshots of the write side, in a space of their own.)
CREATE SCHEMA sagas;

CREATE TABLE sagas.timers (
    id uuid PRIMARY KEY,
    saga text NOT NULL,
    correlation_id uuid NOT NULL,
    name text NOT NULL,
    token text NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX timers_due_at ON sagas.timers (due_at);
