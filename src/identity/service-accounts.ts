import type { NewId } from '../kernel/ids.ts';
import type { Access, Role, ServiceAccount } from '../protocol/people.ts';
import type { Changed, PageWanted, ServiceAccountStore } from './people-ports.ts';
import { assertNameFree, assertRoomFor, assertWithinOwnRole, readName } from './people-rules.ts';

const SERVICE_ACCOUNTS_MAX = 1000;

/** A field that is missing stays. */
export type ServiceAccountEdit = {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly state?: ServiceAccount['state'] | undefined;
};

/** The service accounts of an organization. Everything throws GatewayError: `access.denied`, `request.invalid`, `resource.…`. */
export type ServiceAccountService = {
  readonly get: (organizationId: string, id: string) => Promise<ServiceAccount | undefined>;
  readonly list: (organizationId: string, page: PageWanted) => Promise<readonly ServiceAccount[]>;
  /** Nobody gives a role above their own. */
  readonly create: (access: Access, input: { readonly name: string; readonly role: Role }) => Promise<ServiceAccount>;
  readonly update: (
    access: Access,
    id: string,
    edit: ServiceAccountEdit,
    ifRevision?: number,
  ) => Promise<Changed<ServiceAccount>>;
  /** Removes it and ends its keys. */
  readonly remove: (access: Access, id: string, ifRevision?: number) => Promise<ServiceAccount>;
};

export function createServiceAccountService(input: {
  readonly store: ServiceAccountStore;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): ServiceAccountService {
  const { store, now } = input;
  return {
    get: (organizationId, id) => store.get(organizationId, id),
    list: (organizationId, page) => store.list(organizationId, page),
    create: async (access, { name, role }) => {
      assertWithinOwnRole(access, role);
      const account: ServiceAccount = {
        id: input.newId('svc'),
        organizationId: access.tenant.organizationId,
        name: readName(name),
        role,
        state: 'active',
        createdAt: now(),
        revision: 1,
      };
      await store.insert(account, {
        check: ({ count, isNameTaken }) => {
          assertNameFree(isNameTaken, 'service account');
          assertRoomFor(count, SERVICE_ACCOUNTS_MAX, 'service accounts');
        },
      });
      return account;
    },
    update: async (access, id, { name, role, state }, ifRevision) =>
      store.update(
        access.tenant.organizationId,
        {
          id,
          change: {
            ...(name === undefined ? {} : { name: readName(name) }),
            ...(role === undefined ? {} : { role }),
            ...(state === undefined ? {} : { state }),
          },
        },
        {
          ifRevision,
          check: ({ before, isNameTaken }) => {
            assertWithinOwnRole(access, before.role);
            if (role !== undefined) assertWithinOwnRole(access, role);
            assertNameFree(isNameTaken, 'service account');
          },
        },
      ),
    remove: (access, id, ifRevision) =>
      store.remove(
        access.tenant.organizationId,
        { id, at: now() },
        { ifRevision, check: ({ role }) => assertWithinOwnRole(access, role) },
      ),
  };
}
