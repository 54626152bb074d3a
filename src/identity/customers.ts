import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import type { OwedGrant } from '../protocol/owed-grants.ts';
import type { Organization, Project } from '../protocol/people.ts';
import { type MadeKey, makePlainKey, type PlainKey } from './keys.ts';
import { newOrganization, ORGANIZATIONS_MAX } from './organizations.ts';
import type { CustomerStore } from './people-ports.ts';
import { assertRoomFor, conflict } from './people-rules.ts';
import type { VirtualKeyStore } from './ports.ts';
import type { HashKey, RandomBytes } from './virtual-key.ts';

/** How ids of organizations begin, so that a customer's id is one of them or the platform's own and never either. */
const ORGANIZATION_ID = 'org_';

/** What a platform asks for. Of a customer that is there, only credit by a new reference, and a key where one is asked for. */
export type WantedCustomer = {
  readonly externalId: string;
  readonly name: string;
  readonly projectName: string | undefined;
  readonly key: PlainKey | undefined;
  /** Whether a key is wanted of a customer that is there, too: a new one, or a new secret of the one of that name. */
  readonly isNewKeyWanted: boolean;
  readonly credit: Omit<OwedGrant, 'id' | 'createdAt' | 'organizationId'> | undefined;
};

export type Customer = { readonly organization: Organization; readonly project: Project };

/** A customer as a platform's call found or made it. */
export type MadeCustomer = Customer & {
  readonly isNew: boolean;
  /** The key of the name that was asked for, if it is there. */
  readonly key: VirtualKeyRow | undefined;
  /** Known only where it was made by this call. */
  readonly secret: string | undefined;
  /** Written down, and not necessarily given yet. */
  readonly owed: OwedGrant | undefined;
};

/**
 * Organizations of a platform elsewhere that sells credit and has ids of its own for its customers. A customer's id is the
 * platform's, or for one that signed up by itself, the organization's. Everything throws GatewayError.
 */
export type CustomerService = {
  /** By either id. @throws resource.not_found */
  readonly find: (customerId: string) => Promise<Organization>;
  readonly list: CustomerStore['list'];
  /** Those that any of the ids names. */
  readonly named: CustomerStore['named'];
  /** With its first project. @throws resource.not_found */
  readonly get: (customerId: string) => Promise<Customer>;
  /** Makes a customer with all that it begins with, or finds it. @throws resource.conflict, request.invalid */
  readonly create: (wanted: WantedCustomer) => Promise<MadeCustomer>;
};

export type CustomerDeps = {
  readonly store: CustomerStore;
  readonly organization: (id: string) => Promise<Organization | undefined>;
  readonly keys: Pick<VirtualKeyStore, 'list' | 'insert' | 'update'>;
  readonly credit: {
    readonly draft: (wanted: Omit<OwedGrant, 'id' | 'createdAt'>) => OwedGrant;
    /** Writes it down and gives it. @throws resource.conflict */
    readonly give: (wanted: Omit<OwedGrant, 'id' | 'createdAt'>) => Promise<OwedGrant>;
    readonly check: (wanted: OwedGrant, found: OwedGrant) => void;
  };
  readonly hashKey: HashKey;
  readonly newId: NewId;
  readonly randomBytes: RandomBytes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** What a customer is called wherever a platform reads it. */
export function customerIdOf({ id, externalId }: Pick<Organization, 'id' | 'externalId'>): string {
  return externalId ?? id;
}

/** Whether a platform may call a customer so: nothing that an organization's own id could be. */
export function isExternalId(text: string): boolean {
  return !text.startsWith(ORGANIZATION_ID) && /[^.]/.test(text);
}

export function createCustomerService(deps: CustomerDeps): CustomerService {
  const { store, organization } = deps;
  const find: CustomerService['find'] = async (customerId) => {
    const found = customerId.startsWith(ORGANIZATION_ID)
      ? await organization(customerId)
      : await store.find(customerId);
    if (found === undefined) throw new GatewayError('resource.not_found', { message: 'There is no such customer.' });
    return found;
  };
  return {
    find,
    list: store.list,
    named: store.named,
    get: async (customerId) => withProject(deps, await find(customerId)),
    create: async (wanted) => {
      const there = await store.find(wanted.externalId);
      return there === undefined ? make(deps, wanted) : supplement(deps, there, wanted);
    },
  };
}

async function make(deps: CustomerDeps, wanted: WantedCustomer): Promise<MadeCustomer> {
  const { externalId, name, projectName, key, credit } = wanted;
  const created = newOrganization(deps, { name, kind: 'standard', ownerId: undefined, externalId, projectName });
  const { organization, project } = created;
  const place = { organizationId: organization.id, projectId: project.id };
  const made = key && makePlainKey(deps, place, key);
  const owed = credit && deps.credit.draft({ ...credit, organizationId: organization.id });
  const outcome = await deps.store.insert(
    { organization, project, key: made?.key, owed },
    {
      check: (count) => assertRoomFor(count, ORGANIZATIONS_MAX, 'organizations'),
      checkOwed: deps.credit.check,
    },
  );
  // Somebody else was faster.
  if (!outcome.isNew) return supplement(deps, outcome.organization, wanted);
  return { organization, project, isNew: true, key: made?.key, secret: made?.secret, owed };
}

/** Brings a customer that is there what is new of what is asked for. */
async function supplement(
  deps: CustomerDeps,
  there: Organization,
  { key, isNewKeyWanted, credit }: WantedCustomer,
): Promise<MadeCustomer> {
  if (there.state === 'closed') throw conflict('The customer’s organization is closed for good.', 'external_id');
  const customer = await withProject(deps, there);
  const owed = credit && (await deps.credit.give({ ...credit, organizationId: there.id }));
  const found = key && (await keyOf(deps, customer, key, isNewKeyWanted));
  return { ...customer, isNew: false, key: found?.key, secret: found?.secret, owed };
}

async function keyOf(
  deps: CustomerDeps,
  { organization, project }: Customer,
  wanted: PlainKey,
  isNewWanted: boolean,
): Promise<{ readonly key: VirtualKeyRow; readonly secret: string | undefined } | undefined> {
  const place = { organizationId: organization.id, projectId: project.id };
  const keys = await deps.keys.list(place);
  const present = keys.find(({ name, revokedAt }) => name === wanted.name && revokedAt === undefined);
  if (!isNewWanted) return present && { key: present, secret: undefined };
  const made = makePlainKey(deps, place, wanted);
  if (present === undefined) {
    await deps.keys.insert(place, made.key);
    return made;
  }
  return renew(deps, present, made);
}

/** Gives the key that is there the new one's secret and limits; the secret before ends now. */
async function renew({ keys }: CustomerDeps, present: VirtualKeyRow, { key, secret }: MadeKey): Promise<MadeKey> {
  const { hash, masked, allowedModels, expiresAt } = key;
  const change = { hash, masked, allowedModels, expiresAt, previousHash: undefined, previousUntil: undefined };
  // Of two at once one fails, or its caller would hold a secret that has been replaced already.
  if (!(await keys.update(present, present.id, change, present.revision))) throw new GatewayError('resource.changed');
  return { key: { ...present, ...change, revision: present.revision + 1 }, secret };
}

async function withProject({ store }: CustomerDeps, organization: Organization): Promise<Customer> {
  const project = await store.defaultProject(organization.id);
  if (project === undefined) throw new Error(`the organization ${organization.id} has no default project`);
  return { organization, project };
}
