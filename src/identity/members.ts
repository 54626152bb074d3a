import { GatewayError } from '../kernel/errors.ts';
import type { Access, Member, Role } from '../protocol/people.ts';
import type { Changed, Conditions, MemberSeen, MemberStore, MemberWithPerson, PageWanted } from './people-ports.ts';
import { assertWithinOwnRole, conflict } from './people-rules.ts';

/** The members of an organization. Everything throws GatewayError: `access.denied`, `resource.…`. */
export type MemberService = {
  readonly get: (organizationId: string, id: string) => Promise<MemberWithPerson | undefined>;
  readonly list: (
    organizationId: string,
    page: PageWanted & { readonly teamId?: string | undefined; readonly search?: string | undefined },
  ) => Promise<readonly MemberWithPerson[]>;
  /** Nobody gives a role above their own, or takes one; and there is always an owner. */
  readonly setRole: (access: Access, id: string, role: Role, ifRevision?: number) => Promise<Changed<MemberWithPerson>>;
  /** A member who is suspended stays, but can do nothing in the organization, and neither can the member's keys. */
  readonly suspend: (access: Access, id: string, ifRevision?: number) => Promise<Changed<MemberWithPerson>>;
  readonly reactivate: (access: Access, id: string, ifRevision?: number) => Promise<Changed<MemberWithPerson>>;
  /** Ends the membership, and with it the member's keys in the organization. */
  readonly remove: (access: Access, id: string, ifRevision?: number) => Promise<MemberWithPerson>;
  /** As {@link MemberService.remove}, of the caller's own membership. */
  readonly leave: (access: Access) => Promise<MemberWithPerson>;
};

export function createMemberService(input: {
  readonly store: MemberStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): MemberService {
  const { store, now } = input;

  const change = (
    { tenant }: Access,
    id: string,
    set: Partial<Pick<Member, 'role' | 'state'>>,
    conditions: Conditions<MemberSeen>,
  ) => store.update(tenant.organizationId, { id, change: set }, conditions);

  return {
    get: (organizationId, id) => store.get(organizationId, id),
    list: (organizationId, page) => store.list(organizationId, page),
    setRole: (access, id, role, ifRevision) =>
      change(
        access,
        id,
        { role },
        {
          ifRevision,
          check: (seen) => {
            assertWithinOwnRole(access, role);
            assertWithinOwnRole(access, seen.member.role);
            if (role !== 'owner') assertOwnerLeft(seen);
          },
        },
      ),
    suspend: (access, id, ifRevision) =>
      change(
        access,
        id,
        { state: 'suspended' },
        {
          ifRevision,
          check: (seen) => {
            assertWithinOwnRole(access, seen.member.role);
            assertOwnerLeft(seen);
          },
        },
      ),
    reactivate: (access, id, ifRevision) =>
      change(
        access,
        id,
        { state: 'active' },
        {
          ifRevision,
          check: ({ member }) => assertWithinOwnRole(access, member.role),
        },
      ),
    remove: (access, id, ifRevision) =>
      store.remove(
        access.tenant.organizationId,
        { id, at: now() },
        {
          ifRevision,
          check: (seen) => {
            assertWithinOwnRole(access, seen.member.role);
            assertOwnerLeft(seen);
          },
        },
      ),
    leave: async ({ tenant, memberId }) => {
      if (memberId === undefined) throw new GatewayError('resource.not_found');
      return store.remove(tenant.organizationId, { id: memberId, at: now() }, { check: assertOwnerLeft });
    },
  };
}

/** Without an owner who can act, nobody could ever make another one. */
function assertOwnerLeft({ member, otherOwners }: MemberSeen): void {
  if (member.role !== 'owner' || otherOwners > 0) return;
  throw conflict('An organization always has an owner: make another member one first.');
}
