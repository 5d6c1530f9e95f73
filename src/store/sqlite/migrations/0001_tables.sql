-- Every primary key starts with the tenant. Instants are milliseconds since 1970 in UTC, texts are UTF-8, documents are
-- JSON. What a host may read with plain SQL is destek_tickets; the other tables are the library's own.

CREATE TABLE destek_records (
    tenant   TEXT    NOT NULL,
    record   TEXT    NOT NULL, -- kind and id, like ticket/tkt_...
    version  INTEGER NOT NULL,
    fold     INTEGER NOT NULL, -- under which the state was computed
    recorded INTEGER NOT NULL, -- when its last event was
    state    TEXT    NOT NULL,
    PRIMARY KEY (tenant, record)
);

CREATE TABLE destek_events (
    tenant   TEXT    NOT NULL,
    position INTEGER NOT NULL, -- in the tenant's feed, from 1
    record   TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    place    INTEGER NOT NULL, -- within the change, from 0
    event    TEXT    NOT NULL,
    PRIMARY KEY (tenant, position)
);
CREATE UNIQUE INDEX destek_events_log ON destek_events (tenant, record, version, place);

CREATE TABLE destek_wakes (
    tenant    TEXT    NOT NULL,
    record    TEXT    NOT NULL,
    kind      INTEGER NOT NULL, -- the place of the record's kind in the order of keys
    at        INTEGER,          -- none when it is not set, or parked
    stamp     INTEGER NOT NULL, -- how often it was set or brought forward
    fence     INTEGER NOT NULL, -- of the last claim; raised also when a claim loses its force
    lease     INTEGER,
    postponed INTEGER NOT NULL DEFAULT 0,
    parked    INTEGER NOT NULL DEFAULT 0,
    reason    TEXT,
    basis     TEXT,
    due       INTEGER,          -- the earliest due of a ticket, as it was last said
    PRIMARY KEY (tenant, record)
) WITHOUT ROWID;
CREATE INDEX destek_wakes_due ON destek_wakes (tenant, at, kind, record) WHERE at IS NOT NULL;

-- Personal texts. To erase one is to delete its row.
CREATE TABLE destek_contents (
    tenant  TEXT NOT NULL,
    id      TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE destek_documents (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (tenant, digest)
);

CREATE TABLE destek_requests (
    tenant      TEXT NOT NULL,
    request     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    receipt     TEXT NOT NULL,
    PRIMARY KEY (tenant, request)
);

CREATE TABLE destek_outbox (
    tenant   TEXT    NOT NULL,
    position INTEGER NOT NULL, -- in the order of commits, from 1
    effect   TEXT    NOT NULL, -- its key
    record   TEXT    NOT NULL,
    lane     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    status   TEXT    NOT NULL, -- waiting, claimed, retrying; delivered, set_aside, withdrawn
    settled  INTEGER NOT NULL DEFAULT 0, -- whether nothing more will become of it
    head     INTEGER NOT NULL, -- whether it is the first of its record and lane that is not settled
    free     INTEGER,          -- from when on it can be claimed; always, where there is none
    attempt  INTEGER NOT NULL DEFAULT 0,
    fence    INTEGER NOT NULL DEFAULT 0,
    reason   TEXT,
    PRIMARY KEY (tenant, position)
);
CREATE UNIQUE INDEX destek_outbox_effect ON destek_outbox (tenant, effect);
CREATE INDEX destek_outbox_line ON destek_outbox (tenant, record, lane, position) WHERE settled = 0;
CREATE INDEX destek_outbox_head ON destek_outbox (tenant, position) WHERE head = 1;

CREATE TABLE destek_loads (
    tenant TEXT    NOT NULL,
    agent  TEXT    NOT NULL,
    slot   TEXT    NOT NULL,
    load   INTEGER NOT NULL,
    PRIMARY KEY (tenant, agent, slot)
) WITHOUT ROWID;

CREATE TABLE destek_numbers (
    tenant TEXT    NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (tenant)
) WITHOUT ROWID;

CREATE TABLE destek_members (
    tenant TEXT NOT NULL,
    team   TEXT NOT NULL,
    agent  TEXT NOT NULL,
    PRIMARY KEY (tenant, team, agent)
) WITHOUT ROWID;
CREATE INDEX destek_members_agent ON destek_members (tenant, agent);

-- The columns of tickets, for lists: yours to read.
CREATE TABLE destek_tickets (
    tenant        TEXT    NOT NULL,
    ticket        TEXT    NOT NULL, -- like tkt_...
    number        INTEGER NOT NULL,
    category      TEXT    NOT NULL, -- new, open, hold, resolved, closed, spam
    active        INTEGER NOT NULL, -- 1 for new, open and hold
    status        TEXT    NOT NULL,
    priority      TEXT    NOT NULL,
    level         INTEGER NOT NULL, -- of the priority, from 0 for the lowest
    queue         TEXT,
    rank          INTEGER,          -- in the queue, while it waits for an agent; smaller comes first
    assignee      TEXT,
    customer      TEXT    NOT NULL,
    due           INTEGER,
    waiting_since INTEGER,
    opened        INTEGER NOT NULL,
    updated       INTEGER NOT NULL,
    tags          TEXT    NOT NULL, -- a JSON array
    kind          TEXT    NOT NULL,
    stage         TEXT,
    channel       TEXT    NOT NULL, -- the kind of it: email, chat, phone, social, form
    order_id      TEXT,
    merged_into   TEXT,
    language      TEXT    NOT NULL,
    PRIMARY KEY (tenant, ticket)
);
CREATE UNIQUE INDEX destek_tickets_number ON destek_tickets (tenant, number);
CREATE INDEX destek_tickets_updated ON destek_tickets (tenant, updated, ticket);
CREATE INDEX destek_tickets_customer ON destek_tickets (tenant, customer, opened, ticket);
CREATE INDEX destek_tickets_order ON destek_tickets (tenant, order_id, ticket) WHERE order_id IS NOT NULL;
CREATE INDEX destek_tickets_waiting ON destek_tickets (tenant, queue, rank, ticket) WHERE rank IS NOT NULL;
CREATE INDEX destek_tickets_due ON destek_tickets (tenant, due, ticket) WHERE due IS NOT NULL;
CREATE INDEX destek_tickets_assignee ON destek_tickets (tenant, assignee, updated, ticket) WHERE active = 1 AND assignee IS NOT NULL;

-- Customers who take part in a ticket that is not theirs.
CREATE TABLE destek_participants (
    tenant   TEXT NOT NULL,
    ticket   TEXT NOT NULL,
    customer TEXT NOT NULL,
    PRIMARY KEY (tenant, ticket, customer)
) WITHOUT ROWID;
CREATE INDEX destek_participants_customer ON destek_participants (tenant, customer, ticket);
