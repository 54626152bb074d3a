import { onTestFinished } from 'vitest';
import { createInvitationService } from '../../identity/invitations.ts';
import { createMemberService } from '../../identity/members.ts';
import { createOrganizationService } from '../../identity/organizations.ts';
import type { InvitationLetter } from '../../identity/people-ports.ts';
import { createProjectService } from '../../identity/projects.ts';
import { permissionsOfRole } from '../../identity/roles.ts';
import { createServiceAccountService } from '../../identity/service-accounts.ts';
import { createTeamService } from '../../identity/teams.ts';
import { createThrottle } from '../../identity/throttle.ts';
import { createKeyHasher } from '../../identity/virtual-key.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import type { Access, Member, Role, User } from '../../protocol/people.ts';
import type { StoreDatabase } from '../database.ts';
import { DEFAULT_TENANT } from '../default-tenant.ts';
import { openStore } from '../open-store.ts';
import { openPostgres } from '../postgres-database.ts';
import { openSqlite } from '../sqlite-database.ts';
import type { TestEngine } from './stores.ts';

export const START = 1_700_000_000_000;
export const DAY_MS = 86_400_000;

/** The services of people and organizations on a fresh store, and ways to look behind them. */
export async function openPeople(engine: TestEngine) {
  const location = await engine.migratedLocation();
  const note = () => undefined;
  const time = { nowMs: START };
  const now = () => time.nowMs;
  const store = openStore(location, { clock: { now, monotonic: now }, note });
  const database = location.kind === 'sqlite' ? openSqlite(location.path) : openPostgres(location, note);
  onTestFinished(async () => {
    await database.close();
    await store.close();
  });
  const letters: InvitationLetter[] = [];
  let randomCalls = 0;
  const newId = createIdMaker(now);
  const common = { newId, now };
  const hashKey = createKeyHasher(Buffer.from('a pepper for tests'));
  return {
    store,
    database,
    time,
    letters,
    organizations: createOrganizationService({
      ...common,
      store: store.organizations,
      defaultOrganizationId: DEFAULT_TENANT.organizationId,
    }),
    teams: createTeamService({ ...common, store: store.teams }),
    projects: createProjectService({ ...common, store: store.projects }),
    members: createMemberService({ ...common, store: store.members }),
    serviceAccounts: createServiceAccountService({ ...common, store: store.serviceAccounts }),
    invitations: createInvitationService({
      ...common,
      store: store.invitations,
      members: store.members,
      organizations: store.organizations,
      throttle: createThrottle({ store: store.throttles, hashKey, now }),
      hashKey,
      randomBytes: (count) => Buffer.alloc(count, (randomCalls += 1)),
      mail: { invite: async (letter) => void letters.push(letter) },
    }),
    /** A person; then one who is in an organization, too. */
    addUser: (email: string, fields: Partial<User> = {}) => addUser(database, newId('usr'), email, fields),
    addMember: async (organizationId: string, role: Role, email = `${newId('usr')}@example.com`) => {
      const userId = await addUser(database, newId('usr'), email);
      return addMember(database, { id: newId('mem'), organizationId, userId, role });
    },
  };
}

async function addUser(database: StoreDatabase, id: string, email: string, fields: Partial<User> = {}) {
  const { state = 'active', emailVerifiedAt = START } = fields;
  await database.write(async (transaction) => {
    await transaction
      .insertInto('users')
      .values({
        id,
        email,
        name: fields.name ?? null,
        email_verified_at: Object.hasOwn(fields, 'emailVerifiedAt')
          ? (fields.emailVerifiedAt ?? null)
          : emailVerifiedAt,
        state,
        created_at: START,
      })
      .execute();
  });
  return id;
}

async function addMember(
  database: StoreDatabase,
  member: Pick<Member, 'id' | 'organizationId' | 'userId' | 'role'>,
): Promise<string> {
  const { id, organizationId, userId, role } = member;
  await database.write(async (transaction) => {
    await transaction
      .insertInto('members')
      .values({ id, organization_id: organizationId, user_id: userId, role, state: 'active', created_at: START })
      .execute();
  });
  return id;
}

/** Somebody of a role in an organization. */
export function accessAs(role: Role | undefined, fields: Partial<Access> = {}): Access {
  return {
    actor: { kind: 'installation' },
    tenant: DEFAULT_TENANT,
    role,
    memberId: undefined,
    serviceAccountId: undefined,
    teamIds: [],
    permissions: role === undefined ? new Set() : permissionsOfRole(role),
    ...fields,
  };
}

/** An error's code, or what else came of it. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}
