-- The first schema. Written for PostgreSQL; for SQLite the runner (src/schema.rs) says BLOB for
-- BYTEA, and INTEGER PRIMARY KEY (the table's own order) for BIGINT PRIMARY KEY.

-- One row for each leaf of the ledger. In clear stand only the columns that purging and counting
-- need: whoever has this table alone learns how many records of which kind were made on which day.
CREATE TABLE record (
    number BIGINT PRIMARY KEY,    -- the leaf's index in the ledger, from 0, without gaps
    leaf BYTEA NOT NULL,          -- the ledger's entry: 0x01 and the salted commitment
    kind TEXT NOT NULL,           -- decision, search, case_step, purge, hold, gap; or lost (see gap)
    day TEXT NOT NULL,            -- the day of recording, UTC; never runs backwards
    retention TEXT,               -- the retention rule that it falls under; none: never purged
    key_id TEXT,                  -- which deployment key wraps the record's key
    wrapped_key BYTEA,            -- the record's own key, wrapped; gone when purged
    sealed BYTEA,                 -- salt, kind and body under the record's key; gone when purged
    purged_on TEXT,               -- the day of its purge
    purged_under TEXT             -- the rule it was purged under
);

-- What purging looks for.
CREATE INDEX record_due ON record (retention, day) WHERE retention IS NOT NULL AND purged_on IS NULL;

-- What verifying reads first: the records that speak of other numbers.
CREATE INDEX record_speaks ON record (number) WHERE kind IN ('purge', 'gap');

-- From the hash of a case's reference to the newest record of the case.
CREATE TABLE lookup (
    reference BYTEA PRIMARY KEY,  -- SHA-256 of the reference, which only its holder knows
    record BIGINT NOT NULL        -- the newest record of that case
);

-- Orders to purge nothing, such as in a lawsuit. While one stands open, nothing is purged.
CREATE TABLE hold (
    id BIGINT PRIMARY KEY,
    name BYTEA NOT NULL,          -- sealed under the deployment key: lawsuits are named after people
    placed_on TEXT NOT NULL,      -- the day it was placed, UTC
    lifted_on TEXT,               -- the day it was lifted
    placed_in BIGINT,             -- the record that witnesses its placing, once there is one
    lifted_in BIGINT              -- the record that witnesses its lifting
);

-- Tokens and certificates of the systems that may ask. One row each; a client that rotates its
-- token has two for a while.
CREATE TABLE client (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,           -- what the operator calls the system; not a person
    token_hash BYTEA NOT NULL UNIQUE, -- SHA-256 of the token; the token itself is stored nowhere
    certificate_hash BYTEA,       -- SHA-256 of the client certificate that stands for the token
    jurisdiction TEXT NOT NULL,   -- the only law it may ask
    mapping_name TEXT,            -- the file its mapping was read from
    mapping TEXT,                 -- the mapping's text; none: property names are fact names
    created_on TEXT NOT NULL,
    expires_on TEXT,              -- the last day on which it is valid
    revoked_on TEXT
);

CREATE INDEX client_certificate ON client (certificate_hash);

-- The law that decisions were made under, so that they can be replayed when it has changed.
-- Public text, each file once.
CREATE TABLE law_file (
    digest TEXT PRIMARY KEY,      -- SHA-256 of the text, in hex
    text TEXT NOT NULL
);

CREATE TABLE law (
    hash TEXT PRIMARY KEY,        -- as decisions name it: sha256:...
    jurisdiction TEXT NOT NULL,   -- its path
    files TEXT NOT NULL           -- JSON: [[name, digest], ...]
);

-- One row: the one writer, and what the database remembers of the ledger.
CREATE TABLE writer (
    epoch BIGINT NOT NULL,        -- goes up with every new writer; an older one writes no more
    size BIGINT NOT NULL,         -- the ledger's size when a batch was last acknowledged, or before
    note TEXT NOT NULL,           -- the checkpoint of that size; empty before the first
    at BIGINT NOT NULL            -- the latest time given to a record, in milliseconds
);

INSERT INTO writer (epoch, size, note, at) VALUES (0, 0, '', 0);
