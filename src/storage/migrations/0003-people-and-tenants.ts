import { DEFAULT_TENANT } from '../default-tenant.ts';
import type { Engine } from '../engine.ts';
import { nowMsSql } from '../engine.ts';
import type { Migration } from './migration.ts';

/** People, organizations with teams and projects, what each may do, and the audit log of what they did. */
export const peopleAndTenants: Migration = { version: 3, name: 'people and tenants', statements };

const OF_ORGANIZATION = 'organization_id TEXT NOT NULL REFERENCES organizations (id)';

function statements(engine: Engine): readonly string[] {
  return [
    ...organizations(),
    ...people(),
    ...signingIn(),
    ...singleSignOn(),
    ...keys(),
    ...rules(),
    ...installation(engine),
    ...audit(engine),
  ];
}

function organizations(): readonly string[] {
  return [
    "ALTER TABLE organizations ADD COLUMN kind TEXT NOT NULL DEFAULT 'standard'",
    "ALTER TABLE organizations ADD COLUMN state TEXT NOT NULL DEFAULT 'active'",
    'ALTER TABLE organizations ADD COLUMN state_reason TEXT',
    'ALTER TABLE organizations ADD COLUMN state_changed_at BIGINT',
    // NULL: as the installation says.
    'ALTER TABLE organizations ADD COLUMN own_credentials_allowed INTEGER',
    "ALTER TABLE organizations ADD COLUMN own_credentials_use TEXT NOT NULL DEFAULT 'first'",
    'ALTER TABLE organizations ADD COLUMN revision INTEGER NOT NULL DEFAULT 1',
    `CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, id)
  )`,
    'ALTER TABLE projects ADD COLUMN team_id TEXT REFERENCES teams (id)',
    'ALTER TABLE projects ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE projects ADD COLUMN archived_at BIGINT',
    'ALTER TABLE projects ADD COLUMN revision INTEGER NOT NULL DEFAULT 1',
    `UPDATE projects SET is_default = 1 WHERE id = '${DEFAULT_TENANT.projectId}'`,
    'CREATE UNIQUE INDEX projects_by_name ON projects (organization_id, name)',
  ];
}

function people(): readonly string[] {
  return [
    // What erasing a person empties is NULL afterwards; the row stays as the pseudonym of what they did.
    `CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT UNIQUE,
    name TEXT,
    locale TEXT,
    password_hash TEXT,
    email_verified_at BIGINT,
    state TEXT NOT NULL,
    state_reason TEXT,
    state_changed_at BIGINT,
    is_operator INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    revision INTEGER NOT NULL DEFAULT 1
  )`,
    `CREATE TABLE members (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, user_id),
    UNIQUE (organization_id, id)
  )`,
    'CREATE INDEX members_by_user ON members (user_id)',
    `CREATE TABLE team_members (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    UNIQUE (team_id, member_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id) ON DELETE CASCADE
  )`,
    'CREATE INDEX team_members_by_member ON team_members (member_id)',
    `CREATE TABLE service_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, id)
  )`,
    `CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    email TEXT,
    role TEXT NOT NULL,
    team_ids TEXT NOT NULL,
    invited_by TEXT,
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    revoked_at BIGINT
  )`,
    'CREATE INDEX invitations_by_organization ON invitations (organization_id, created_at)',
  ];
}

function signingIn(): readonly string[] {
  return [
    `CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    hash TEXT NOT NULL UNIQUE,
    sso_connection_id TEXT,
    address TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
  )`,
    'CREATE INDEX sessions_by_user ON sessions (user_id, created_at)',
    // Links in mails, the console's first token, the state of a sign-in elsewhere: each is used at most once.
    `CREATE TABLE one_time_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    user_id TEXT REFERENCES users (id),
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
  )`,
    'CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at)',
    `CREATE TABLE throttles (
    id TEXT NOT NULL PRIMARY KEY,
    window_start BIGINT NOT NULL,
    count INTEGER NOT NULL
  )`,
    `CREATE TABLE connect_sessions (
    id TEXT NOT NULL PRIMARY KEY,
    key_id TEXT,
    handover TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  )`,
  ];
}

function singleSignOn(): readonly string[] {
  return [
    // Without an organization it is the installation's: whoever signs in by it joins no organization by that alone.
    `CREATE TABLE sso_connections (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT REFERENCES organizations (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    preset TEXT,
    issuer TEXT,
    endpoints TEXT,
    client_id TEXT NOT NULL,
    sealed TEXT,
    key_version INTEGER,
    scopes TEXT NOT NULL,
    claims TEXT NOT NULL,
    domains TEXT NOT NULL,
    group_roles TEXT NOT NULL,
    default_role TEXT,
    joins TEXT NOT NULL,
    is_enforced INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
  )`,
    // The domains of active connections, so that no two of them can claim one.
    `CREATE TABLE sso_domains (
    domain TEXT NOT NULL PRIMARY KEY,
    sso_connection_id TEXT NOT NULL REFERENCES sso_connections (id) ON DELETE CASCADE
  )`,
    'CREATE INDEX sso_domains_by_connection ON sso_domains (sso_connection_id)',
    'CREATE INDEX sso_connections_by_organization ON sso_connections (organization_id, created_at)',
    `CREATE TABLE user_identities (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    sso_connection_id TEXT NOT NULL REFERENCES sso_connections (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    UNIQUE (sso_connection_id, subject)
  )`,
    'CREATE INDEX user_identities_by_user ON user_identities (user_id)',
  ];
}

function keys(): readonly string[] {
  return [
    'ALTER TABLE virtual_keys ADD COLUMN member_id TEXT REFERENCES members (id)',
    'ALTER TABLE virtual_keys ADD COLUMN service_account_id TEXT REFERENCES service_accounts (id)',
    'ALTER TABLE virtual_keys ADD COLUMN allowed_addresses TEXT',
    'ALTER TABLE virtual_keys ADD COLUMN allowed_origins TEXT',
    'ALTER TABLE virtual_keys ADD COLUMN previous_hash TEXT',
    'ALTER TABLE virtual_keys ADD COLUMN previous_until BIGINT',
    'ALTER TABLE virtual_keys ADD COLUMN revision INTEGER NOT NULL DEFAULT 1',
    'CREATE UNIQUE INDEX virtual_keys_by_previous_hash ON virtual_keys (previous_hash)',
    'CREATE INDEX virtual_keys_by_organization ON virtual_keys (organization_id, created_at, id)',
    `CREATE TABLE management_keys (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    member_id TEXT REFERENCES members (id) ON DELETE CASCADE,
    service_account_id TEXT REFERENCES service_accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    previous_hash TEXT UNIQUE,
    previous_until BIGINT,
    masked TEXT NOT NULL,
    scopes TEXT NOT NULL,
    allowed_addresses TEXT,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revision INTEGER NOT NULL DEFAULT 1
  )`,
    'CREATE INDEX management_keys_by_organization ON management_keys (organization_id, created_at, id)',
    `CREATE TABLE idempotency_records (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER,
    sealed TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  )`,
    'CREATE INDEX idempotency_records_by_expiry ON idempotency_records (expires_at)',
  ];
}

function rules(): readonly string[] {
  return [
    // One row for each thing that has rules: what the operator says of an organization, and what it says of itself.
    `CREATE TABLE access_rules (
    id TEXT NOT NULL PRIMARY KEY,
    ${OF_ORGANIZATION},
    scope TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    allowed_models TEXT,
    denied_models TEXT,
    allowed_providers TEXT,
    denied_providers TEXT,
    allowed_regions TEXT,
    denied_regions TEXT,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    UNIQUE (organization_id, scope, scope_id)
  )`,
    "ALTER TABLE connections ADD COLUMN scope TEXT NOT NULL DEFAULT 'organization'",
    'ALTER TABLE connections ADD COLUMN team_id TEXT REFERENCES teams (id) ON DELETE CASCADE',
    'ALTER TABLE connections ADD COLUMN region TEXT',
    'ALTER TABLE connections ADD COLUMN revision INTEGER NOT NULL DEFAULT 1',
    'ALTER TABLE credentials ADD COLUMN revision INTEGER NOT NULL DEFAULT 1',
  ];
}

/** What the operator sets while the hub runs: how it looks, who may sign up. */
function installation(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE installation (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
  )`,
    `INSERT INTO installation (id, document, updated_at) VALUES (1, '{}', ${nowMsSql(engine)})`,
  ];
}

/**
 * Every entry carries the digest of the one before. The head says which one is the last, so that a cut end shows, too.
 * Triggers refuse what is not an insert; only the address of who did it may be emptied, for a person who is erased.
 */
function audit(engine: Engine): readonly string[] {
  return [
    `CREATE TABLE audit_entries (
    sequence BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    act_id TEXT NOT NULL,
    phase TEXT NOT NULL,
    at BIGINT NOT NULL,
    organization_id TEXT,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    action TEXT NOT NULL,
    target_kind TEXT,
    target_id TEXT,
    outcome TEXT,
    error_code TEXT,
    before_values TEXT,
    after_values TEXT,
    request_id TEXT,
    origin_digest TEXT,
    address TEXT,
    user_agent TEXT,
    previous_digest TEXT NOT NULL,
    digest TEXT NOT NULL
  )`,
    'CREATE INDEX audit_entries_by_organization ON audit_entries (organization_id, sequence)',
    'CREATE INDEX audit_entries_by_act ON audit_entries (act_id)',
    `CREATE TABLE audit_head (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    digest TEXT NOT NULL
  )`,
    "INSERT INTO audit_head (id, sequence, digest) VALUES (1, 0, '')",
    ...auditTriggers(engine),
  ];
}

const AUDIT_KEPT = [
  'sequence',
  'id',
  'act_id',
  'phase',
  'at',
  'organization_id',
  'actor_kind',
  'actor_id',
  'action',
  'target_kind',
  'target_id',
  'outcome',
  'error_code',
  'before_values',
  'after_values',
  'request_id',
  'origin_digest',
  'previous_digest',
  'digest',
];

function auditTriggers(engine: Engine): readonly string[] {
  const isDistinct = engine === 'sqlite' ? 'IS NOT' : 'IS DISTINCT FROM';
  const edited = AUDIT_KEPT.map((column) => `NEW.${column} ${isDistinct} OLD.${column}`).join(' OR ');
  const rewritten = `${edited} OR NEW.address IS NOT NULL OR NEW.user_agent IS NOT NULL`;
  const message = 'audit entries are never changed';
  if (engine === 'sqlite') {
    return [
      `CREATE TRIGGER audit_entries_update BEFORE UPDATE ON audit_entries WHEN ${rewritten}
    BEGIN SELECT RAISE(ABORT, '${message}'); END`,
      `CREATE TRIGGER audit_entries_delete BEFORE DELETE ON audit_entries
    BEGIN SELECT RAISE(ABORT, '${message}'); END`,
    ];
  }
  return [
    `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '${message}'; END $$`,
    `CREATE TRIGGER audit_entries_update BEFORE UPDATE ON audit_entries FOR EACH ROW WHEN (${rewritten})
    EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE TRIGGER audit_entries_delete BEFORE DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
  ];
}
