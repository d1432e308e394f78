-- The state database on sqlite, as `reconcile db upgrade` makes it.
-- Generated from reconcile/state/schema.py by `python -m reconcile.state.ddl`; do not edit.

CREATE TABLE dead_letters (
    id INTEGER NOT NULL,
    dataset VARCHAR(200) NOT NULL,
    window_start VARCHAR(27) NOT NULL,
    window_end VARCHAR(27) NOT NULL,
    run_id VARCHAR(200) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    side VARCHAR(40) NOT NULL,
    match_key TEXT NOT NULL,
    mismatched_columns TEXT NOT NULL,
    source_row TEXT,
    target_row TEXT,
    reason TEXT NOT NULL,
    severity VARCHAR(40) NOT NULL,
    expectation_id TEXT,
    status VARCHAR(40) NOT NULL,
    attempts INTEGER NOT NULL,
    first_seen_at VARCHAR(27) NOT NULL,
    last_seen_at VARCHAR(27) NOT NULL,
    resolved_at VARCHAR(27),
    resolution TEXT,
    identity BLOB NOT NULL,
    number INTEGER NOT NULL,
    opened_by VARCHAR(200) NOT NULL,
    reopened_by VARCHAR(200),
    CONSTRAINT pk_dead_letters PRIMARY KEY (id),
    CONSTRAINT uq_dead_letters_identity UNIQUE (identity, number)
);

CREATE INDEX ix_dead_letters_window ON dead_letters (dataset, window_start, status);

CREATE TABLE fingerprints (
    place VARCHAR(200) NOT NULL,
    objects VARCHAR(200) NOT NULL,
    rows BIGINT NOT NULL,
    null_key_rows BIGINT NOT NULL,
    key_sum TEXT NOT NULL,
    row_sum TEXT NOT NULL,
    guard_sum TEXT NOT NULL,
    seen_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_fingerprints PRIMARY KEY (place)
);

CREATE INDEX ix_fingerprints_seen_at ON fingerprints (seen_at);

CREATE TABLE known_objects (
    identity BLOB NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    etag TEXT NOT NULL,
    version TEXT,
    size BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    schema_digest BLOB NOT NULL,
    checksums TEXT NOT NULL,
    seen_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_known_objects PRIMARY KEY (identity)
);

CREATE INDEX ix_known_objects_seen_at ON known_objects (seen_at);

CREATE TABLE known_schemas (
    digest BLOB NOT NULL,
    schema BLOB NOT NULL,
    seen_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_known_schemas PRIMARY KEY (digest)
);

CREATE INDEX ix_known_schemas_seen_at ON known_schemas (seen_at);

CREATE TABLE runs (
    id VARCHAR(200) NOT NULL,
    dataset VARCHAR(200) NOT NULL,
    window_name VARCHAR(40) NOT NULL,
    window_start VARCHAR(27) NOT NULL,
    window_end VARCHAR(27) NOT NULL,
    status VARCHAR(40) NOT NULL,
    verdict VARCHAR(40),
    started_at VARCHAR(27) NOT NULL,
    finished_at VARCHAR(27),
    error TEXT,
    report TEXT,
    opened BIGINT DEFAULT '0' NOT NULL,
    reopened BIGINT DEFAULT '0' NOT NULL,
    closed BIGINT DEFAULT '0' NOT NULL,
    kind VARCHAR(40) DEFAULT 'reconciliation' NOT NULL,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT ck_runs_window CHECK (window_start < window_end)
);

CREATE INDEX ix_runs_started_at ON runs (started_at);

CREATE INDEX ix_runs_window ON runs (dataset, window_name, started_at);

CREATE TABLE snapshot_ledger (
    repository VARCHAR(200) NOT NULL,
    sequence BIGINT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    line TEXT NOT NULL,
    CONSTRAINT pk_snapshot_ledger PRIMARY KEY (repository, sequence)
);

CREATE TABLE snapshots (
    repository VARCHAR(200) NOT NULL,
    id VARCHAR(200) NOT NULL,
    dataset VARCHAR(200) NOT NULL,
    taken_at VARCHAR(27) NOT NULL,
    first_window VARCHAR(40),
    last_window VARCHAR(40),
    consistency VARCHAR(40) NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    verified_at VARCHAR(27),
    damaged TEXT NOT NULL,
    restored_at VARCHAR(27),
    removed_at VARCHAR(27),
    CONSTRAINT pk_snapshots PRIMARY KEY (repository, id)
);

CREATE INDEX ix_snapshots_dataset ON snapshots (dataset, taken_at);

CREATE TABLE sync_ledger (
    identity BLOB NOT NULL,
    dataset VARCHAR(200) NOT NULL,
    place BLOB NOT NULL,
    window_name VARCHAR(40) NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    origin_etag TEXT NOT NULL,
    origin_version TEXT,
    destination_etag TEXT,
    destination_version TEXT,
    equality VARCHAR(40) NOT NULL,
    algorithm VARCHAR(40),
    origin_value TEXT,
    destination_value TEXT,
    rows BIGINT,
    run_id VARCHAR(200) NOT NULL,
    recorded_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_sync_ledger PRIMARY KEY (identity)
);

CREATE INDEX ix_sync_ledger_window ON sync_ledger (dataset, place, window_name, equality);

CREATE TABLE sync_windows (
    dataset VARCHAR(200) NOT NULL,
    place BLOB NOT NULL,
    window_name VARCHAR(40) NOT NULL,
    state VARCHAR(40) NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    run_id VARCHAR(200) NOT NULL,
    committed_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_sync_windows PRIMARY KEY (dataset, place, window_name)
);

CREATE TABLE unfinished_uploads (
    identity BLOB NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    pin TEXT NOT NULL,
    upload TEXT,
    others TEXT NOT NULL,
    parts TEXT NOT NULL,
    kept_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_unfinished_uploads PRIMARY KEY (identity)
);

CREATE TABLE window_leases (
    dataset VARCHAR(200) NOT NULL,
    window_name VARCHAR(40) NOT NULL,
    run_id VARCHAR(200) NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_window_leases PRIMARY KEY (dataset, window_name)
);

CREATE TABLE discrepancy_counts (
    run_id VARCHAR(200) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    side VARCHAR(40) NOT NULL,
    column_name TEXT NOT NULL,
    rows BIGINT NOT NULL,
    CONSTRAINT pk_discrepancy_counts PRIMARY KEY (run_id, kind, side, column_name),
    CONSTRAINT fk_discrepancy_counts_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE TABLE run_partitions (
    run_id VARCHAR(200) NOT NULL,
    side VARCHAR(40) NOT NULL,
    location TEXT NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    rows BIGINT,
    requests BIGINT,
    bytes_read BIGINT,
    CONSTRAINT pk_run_partitions PRIMARY KEY (run_id, side),
    CONSTRAINT fk_run_partitions_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);

CREATE TABLE run_steps (
    run_id VARCHAR(200) NOT NULL,
    step VARCHAR(40) NOT NULL,
    done_at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_run_steps PRIMARY KEY (run_id, step),
    CONSTRAINT fk_run_steps_run_id FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
