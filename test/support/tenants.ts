import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openCore } from '../../src/compose/core.ts';
import { coreInput, readSettings } from '../../src/compose/start-hub.ts';
import { createVirtualKey } from '../../src/identity/virtual-key.ts';
import { createLogger } from '../../src/observability/logger.ts';
import type { VirtualKeyRow } from '../../src/protocol/configuration.ts';
import type { Organization } from '../../src/protocol/people.ts';
import type { Tenant } from '../../src/protocol/tenant.ts';
import { connection, credential, model, virtualKey } from '../../src/storage/testing/rows.ts';

export type OwnConnection = {
  readonly name: string;
  readonly baseUrl: string;
  readonly secret: string;
  readonly models: readonly string[];
  readonly providerId?: string;
  readonly region?: string;
  readonly scope?: 'organization' | 'team' | 'project';
  readonly teamId?: string;
};

/** Lays rows of several organizations into a hub's store, before the hub starts or beside it. */
export type Tenants = Awaited<ReturnType<typeof openTenants>>;

/** Opens the SQLite store of a hub's data directory, with the secrets that seal and hash what it holds. */
export async function openTenants(dataDir: string, environment: Readonly<Record<string, string>> = {}) {
  const world = { environment, cwd: dataDir, write: () => undefined, entry: '' };
  const logger = createLogger({ level: 'silent', instanceId: 'inst_seed' });
  const shared = { instanceId: 'inst_seed', simulated: undefined, controlToken: 'x' };
  const core = await openCore(coreInput({ loaded: readSettings({ dataDir }, world), world, logger, shared }));
  const database = new Database(join(dataDir, 'hub.db'));
  database.pragma('busy_timeout = 5000');
  let count = 0;
  const nextId = (prefix: string): string => `${prefix}_${++count}`;

  /** Changes rows for which the hub has no repository of its own that a test could reach, as one change of configuration. */
  const run = (statement: string, ...values: readonly (string | number | null)[]): void => {
    database.transaction(() => {
      database.prepare(statement).run(...values);
      database.prepare('UPDATE config_version SET version = version + 1').run();
    })();
  };
  const addProject = (organizationId: string, { teamId }: { readonly teamId?: string } = {}): Tenant => {
    const projectId = nextId('proj');
    run(
      'INSERT INTO projects (id, organization_id, name, created_at, team_id) VALUES (?, ?, ?, 1, ?)',
      projectId,
      organizationId,
      `Project ${projectId}`,
      teamId ?? null,
    );
    return { organizationId, projectId };
  };
  return {
    core,
    run,
    addProject,
    addOrganization: (
      name: string,
      { ownCredentialsAllowed = true, ownCredentialsUse = 'first' }: Partial<Organization> = {},
    ): Tenant => {
      const id = nextId('org');
      run(
        `INSERT INTO organizations (id, name, created_at, own_credentials_allowed, own_credentials_use)
         VALUES (?, ?, 1, ?, ?)`,
        id,
        name,
        ownCredentialsAllowed ? 1 : 0,
        ownCredentialsUse,
      );
      return addProject(id);
    },
    addTeam: (organizationId: string): string => {
      const id = nextId('team');
      run('INSERT INTO teams (id, organization_id, name, created_at) VALUES (?, ?, ?, 1)', id, organizationId, id);
      return id;
    },
    addMember: (organizationId: string): string => {
      const [userId, id] = [nextId('usr'), nextId('mem')];
      run("INSERT INTO users (id, email, state, created_at) VALUES (?, ?, 'active', 1)", userId, `${userId}@acme.test`);
      run(
        `INSERT INTO members (id, organization_id, user_id, role, state, created_at)
         VALUES (?, ?, ?, 'developer', 'active', 1)`,
        id,
        organizationId,
        userId,
      );
      return id;
    },
    addKey: async (tenant: Tenant, fields: Partial<VirtualKeyRow> = {}) => {
      const secret = createVirtualKey(randomBytes);
      const id = nextId('vk');
      await core.store.keys.insert(tenant, virtualKey(id, { ...tenant, hash: core.hashKey(secret), ...fields }));
      return { id, secret };
    },
    addConnection: async (tenant: Tenant, { secret, models, ...fields }: OwnConnection): Promise<string> => {
      const [id, credentialId] = [nextId('conn'), nextId('cred')];
      const { organizationId } = tenant;
      const { baseUrl } = fields;
      await core.store.connections.insert(tenant, connection(id, { ...tenant, ...fields }));
      const sealed = core.vault.seal(secret, {
        organizationId,
        table: 'credentials',
        rowId: credentialId,
        field: 'secret',
        baseUrl,
      });
      await core.store.credentials.insert(tenant, credential(credentialId, id, { ...tenant, sealed }));
      for (const upstreamModel of models) {
        await core.store.models.insert(tenant, model(nextId('mdl'), id, { ...tenant, upstreamModel }));
      }
      return id;
    },
    close: async (): Promise<void> => {
      database.close();
      await core.rotation.close();
      await core.close();
    },
  };
}
