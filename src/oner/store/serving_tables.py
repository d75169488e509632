"""Tables of the server: videos and what belongs to them.

A video that somebody ordered hangs on a job of the ledger. Triggers carry a job's end to all of its videos, and a
video's end to `events`, inside the transaction that ended the job: whatever is killed at whatever point, a finished job
has finished videos, and each of them is announced once.
"""

_NOW = "(julianday('now') - 2440587.5) * 86400.0"

SERVING_TABLES: tuple[str, ...] = (
    """CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        digest TEXT NOT NULL UNIQUE,
        hint TEXT NOT NULL,
        created REAL NOT NULL,
        revoked REAL,
        queued INTEGER,
        seconds_per_day REAL,
        bytes INTEGER
    ) STRICT""",
    "CREATE UNIQUE INDEX keys_by_name ON keys (name) WHERE revoked IS NULL",
    """CREATE TABLE videos (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        model TEXT NOT NULL,
        prompt TEXT NOT NULL,
        engine TEXT NOT NULL,
        request TEXT NOT NULL,
        parts TEXT NOT NULL,
        frames INTEGER NOT NULL,
        source TEXT,
        extra TEXT NOT NULL,
        job INTEGER NOT NULL REFERENCES jobs (id),
        state TEXT NOT NULL CHECK (state IN ('open', 'completed', 'failed')),
        error TEXT,
        sha256 TEXT,
        bytes INTEGER,
        suffix TEXT,
        created REAL NOT NULL,
        completed REAL,
        keep_seconds REAL,
        expires REAL,
        day TEXT NOT NULL,
        charged REAL NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        worker TEXT,
        lease_until REAL
    ) STRICT""",
    "CREATE INDEX videos_by_owner ON videos (owner, sequence)",
    "CREATE INDEX videos_by_job ON videos (job)",
    "CREATE INDEX videos_by_state ON videos (state, owner)",
    "CREATE INDEX videos_by_file ON videos (sha256)",
    # Files that a video needs or has made: "given", "source", "thumbnail", "spritesheet".
    """CREATE TABLE video_files (
        video TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        suffix TEXT NOT NULL,
        PRIMARY KEY (video, role, sha256)
    ) STRICT""",
    "CREATE INDEX video_files_by_file ON video_files (sha256)",
    """CREATE TABLE characters (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        created REAL NOT NULL,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        suffix TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE api_files (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        purpose TEXT NOT NULL,
        created REAL NOT NULL,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        suffix TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE batches (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        input TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        completion_window TEXT NOT NULL,
        metadata TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('in_progress', 'completed', 'cancelled')),
        created REAL NOT NULL,
        ended REAL,
        output TEXT,
        errors TEXT
    ) STRICT""",
    """CREATE TABLE batch_lines (
        batch TEXT NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
        line INTEGER NOT NULL,
        custom_id TEXT NOT NULL,
        body TEXT NOT NULL,
        video TEXT,
        status INTEGER,
        error TEXT,
        PRIMARY KEY (batch, line)
    ) STRICT""",
    """CREATE TABLE events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        video TEXT NOT NULL,
        owner TEXT NOT NULL,
        type TEXT NOT NULL,
        created REAL NOT NULL,
        handed INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX events_to_hand ON events (handed, sequence)",
    """CREATE TABLE deliveries (
        event TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
        url TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        next_try REAL,
        delivered REAL,
        error TEXT,
        PRIMARY KEY (event, url)
    ) STRICT""",
    "CREATE INDEX deliveries_due ON deliveries (next_try)",
    """CREATE TABLE answers (
        owner TEXT NOT NULL,
        digest TEXT NOT NULL,
        body TEXT NOT NULL,
        answer TEXT NOT NULL,
        created REAL NOT NULL,
        PRIMARY KEY (owner, digest)
    ) STRICT""",
    """CREATE TABLE usage (
        owner TEXT NOT NULL,
        day TEXT NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (owner, day)
    ) STRICT""",
    # A finished take is the video, unless the video is put together from parts.
    f"""CREATE TRIGGER job_is_done AFTER UPDATE OF take ON jobs
    WHEN NEW.state = 'done' AND NEW.take IS NOT NULL BEGIN
        UPDATE videos SET state = 'completed', completed = {_NOW}, expires = {_NOW} + keep_seconds,
            (sha256, bytes, suffix) = (SELECT sha256, bytes, suffix FROM takes WHERE id = NEW.take)
        WHERE job = NEW.id AND state = 'open' AND parts = '[]';
    END""",
    f"""CREATE TRIGGER job_has_failed AFTER UPDATE OF state ON jobs WHEN NEW.state = 'failed' BEGIN
        UPDATE videos SET state = 'failed', completed = {_NOW}, expires = {_NOW} + keep_seconds, error = NEW.error
        WHERE job = NEW.id AND state = 'open';
    END""",
    f"""CREATE TRIGGER video_has_ended AFTER UPDATE OF state ON videos
    WHEN OLD.state = 'open' AND NEW.state <> 'open' BEGIN
        INSERT INTO events (id, video, owner, type, created)
        VALUES ('evt_' || lower(hex(randomblob(16))), NEW.id, NEW.owner, 'video.' || NEW.state, {_NOW});
    END""",
    # What was not made is not charged.
    """CREATE TRIGGER failed_video_is_free AFTER UPDATE OF state ON videos
    WHEN OLD.state = 'open' AND NEW.state = 'failed' BEGIN
        UPDATE usage SET seconds = max(0, seconds - NEW.charged) WHERE owner = NEW.owner AND day = NEW.day;
    END""",
)
