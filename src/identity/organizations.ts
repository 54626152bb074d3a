import { createHash } from 'node:crypto';
import type { NewId } from '../kernel/ids.ts';
import { unfit } from '../kernel/invalid.ts';
import { type BrokenStreamPolicy, DEFAULT_BROKEN_STREAM_POLICY } from '../protocol/broken-streams.ts';
import type { Brand, Logo, Member, Organization, OrganizationState, Project } from '../protocol/people.ts';
import type { Changed, OrganizationChange, OrganizationStore, PageWanted } from './people-ports.ts';
import { assertRoomFor, conflict, readName } from './people-rules.ts';

/** The snapshot holds all of them. */
export const ORGANIZATIONS_MAX = 50_000;
const REASON_CHARS_MAX = 500;
const DEFAULT_PROJECT = 'Default';
const VERSION_CHARS = 16;

export type NewOrganization = {
  readonly name: string;
  readonly kind: Organization['kind'];
  /** The person who owns it from the start, where there is one. */
  readonly ownerId: string | undefined;
  /** What a platform calls it that sells it credit. */
  readonly externalId?: string | undefined;
  /** What its first project is called, where somebody says. */
  readonly projectName?: string | undefined;
};

/** A field that is missing stays; `null` leaves it to the installation. */
export type OrganizationEdit = {
  readonly name?: string | undefined;
  readonly ownCredentialsAllowed?: boolean | null | undefined;
  readonly ownCredentialsUse?: Organization['ownCredentialsUse'] | undefined;
  readonly brokenStreamPolicy?: BrokenStreamPolicy | undefined;
  readonly cacheClearedAt?: number | undefined;
  /** `null`: no platform knows it any more. */
  readonly externalId?: string | null | undefined;
  /** Of what it has, what is missing stays; `null` leaves it to the installation. */
  readonly brand?: BrandEdit | undefined;
};

export type BrandEdit = {
  readonly title?: string | null | undefined;
  readonly accent?: string | null | undefined;
  readonly supportAddress?: string | null | undefined;
};

/** Organizations. Everything throws GatewayError: `request.invalid`, `resource.…`. */
export type OrganizationService = {
  readonly get: (id: string) => Promise<Organization | undefined>;
  readonly list: (
    page: PageWanted & { readonly state?: OrganizationState | undefined; readonly search?: string | undefined },
  ) => Promise<readonly Organization[]>;
  /** Makes one with its default project. */
  readonly create: (input: NewOrganization) => Promise<CreatedOrganization>;
  readonly update: (id: string, edit: OrganizationEdit, ifRevision?: number) => Promise<Changed<Organization>>;
  readonly logo: (id: string) => Promise<Logo | undefined>;
  /** `undefined`: none any more. */
  readonly setLogo: (id: string, logo: Logo | undefined, ifRevision?: number) => Promise<Changed<Organization>>;
  /** Ends all calls with its keys and all its members' until it is reactivated. */
  readonly suspend: (id: string, reason: string, ifRevision?: number) => Promise<Changed<Organization>>;
  readonly reactivate: (id: string, ifRevision?: number) => Promise<Changed<Organization>>;
  /** Ends it for good, with its keys, memberships and open invitations. What was used stays on record. */
  readonly close: (id: string, reason: string | undefined, ifRevision?: number) => Promise<Changed<Organization>>;
};

export type CreatedOrganization = {
  readonly organization: Organization;
  readonly project: Project;
  readonly owner: Member | undefined;
};

/** Builds the service of organizations. Callers tell the snapshot of a change. */
export function createOrganizationService(input: {
  readonly store: OrganizationStore;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The one that every installation has: it is never suspended or closed. */
  readonly defaultOrganizationId: string;
}): OrganizationService {
  const { store, now, defaultOrganizationId } = input;

  const assertMayEnd = ({ id, state }: Organization): void => {
    if (id === defaultOrganizationId) throw conflict('The first organization of a hub is never suspended or closed.');
    assertNotClosed(state);
  };

  return {
    get: (id) => store.get(id),
    list: (page) => store.list(page),
    create: async (wanted) => {
      const created = newOrganization(input, wanted);
      await store.insert(created, { check: (count) => assertRoomFor(count, ORGANIZATIONS_MAX, 'organizations') });
      return created;
    },
    update: async (id, { brand, ...edit }, ifRevision) => {
      const present = brand && (await store.get(id));
      const change = { ...toChange(edit), ...(present && { brand: rebranded(present.brand, brand) }) };
      // Parts of a brand that were not sent must not undo somebody else's change.
      const conditions = { ifRevision: ifRevision ?? present?.revision, check: assertOpen };
      return store.update(id, change, conditions);
    },
    logo: (id) => store.logo(id),
    setLogo: (id, logo, ifRevision) =>
      store.setLogo(id, logo && { ...logo, version: versionOf(logo) }, { ifRevision, check: assertOpen }),
    suspend: async (id, reason, ifRevision) =>
      store.update(
        id,
        { state: 'suspended', stateReason: readReason(reason), stateChangedAt: now() },
        { ifRevision, check: assertMayEnd },
      ),
    reactivate: (id, ifRevision) =>
      store.update(
        id,
        { state: 'active', stateReason: undefined, stateChangedAt: now() },
        { ifRevision, check: assertOpen },
      ),
    close: async (id, reason, ifRevision) =>
      store.close(
        id,
        { at: now(), reason: reason === undefined ? undefined : readReason(reason) },
        { ifRevision, check: assertMayEnd },
      ),
  };
}

/** An organization with its default project and, where one is named, its owner, which is nowhere yet. @throws request.invalid */
export function newOrganization(
  { newId, now }: { readonly newId: NewId; readonly now: () => number },
  { name, kind, ownerId, externalId, projectName = DEFAULT_PROJECT }: NewOrganization,
): CreatedOrganization {
  const id = newId('org');
  const common = { createdAt: now(), revision: 1 };
  return {
    organization: {
      ...common,
      id,
      name: readName(name),
      kind,
      state: 'active',
      stateReason: undefined,
      stateChangedAt: undefined,
      ownCredentialsAllowed: undefined,
      ownCredentialsUse: 'first',
      brokenStreamPolicy: DEFAULT_BROKEN_STREAM_POLICY,
      brand: {},
      externalId,
    },
    project: {
      ...common,
      id: newId('proj'),
      organizationId: id,
      teamId: undefined,
      name: readName(projectName),
      isDefault: true,
      archivedAt: undefined,
    },
    owner:
      ownerId === undefined
        ? undefined
        : {
            ...common,
            id: newId('mem'),
            organizationId: id,
            userId: ownerId,
            role: 'owner',
            state: 'active',
            teamIds: [],
          },
  };
}

function assertOpen({ state }: Organization): void {
  assertNotClosed(state);
}

function rebranded(present: Brand, edit: BrandEdit): Brand {
  const or = (given: string | null | undefined, kept: string | undefined): string | undefined =>
    given === undefined ? kept : (given ?? undefined);
  return {
    title: or(edit.title, present.title),
    accent: or(edit.accent, present.accent),
    supportAddress: or(edit.supportAddress, present.supportAddress),
    logoVersion: present.logoVersion,
  };
}

function versionOf({ bytes }: Logo): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, VERSION_CHARS);
}

function toChange({
  name,
  ownCredentialsAllowed,
  ownCredentialsUse,
  brokenStreamPolicy,
  cacheClearedAt,
  externalId,
}: Omit<OrganizationEdit, 'brand'>): OrganizationChange {
  return {
    ...(name === undefined ? {} : { name: readName(name) }),
    ...(ownCredentialsAllowed === undefined ? {} : { ownCredentialsAllowed: ownCredentialsAllowed ?? undefined }),
    ...(ownCredentialsUse === undefined ? {} : { ownCredentialsUse }),
    ...(brokenStreamPolicy === undefined ? {} : { brokenStreamPolicy }),
    ...(cacheClearedAt === undefined ? {} : { cacheClearedAt }),
    ...(externalId === undefined ? {} : { externalId: externalId ?? undefined }),
  };
}

function assertNotClosed(state: OrganizationState): void {
  if (state === 'closed') throw conflict('The organization is closed for good.');
}

function readReason(reason: string): string {
  const trimmed = reason.trim();
  if (trimmed === '') throw unfit('reason', 'A reason is needed.');
  if (trimmed.length > REASON_CHARS_MAX) {
    throw unfit('reason', `A reason has at most ${REASON_CHARS_MAX} characters.`);
  }
  return trimmed;
}
