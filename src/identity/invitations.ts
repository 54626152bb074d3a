import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { unfit } from '../kernel/invalid.ts';
import type { Access, Invitation, Member, Organization, Role, UserState } from '../protocol/people.ts';
import type {
  Changed,
  InvitationMail,
  InvitationSeen,
  InvitationStore,
  MemberStore,
  OrganizationStore,
  PageWanted,
} from './people-ports.ts';
import { assertRoomFor, assertWithinOwnRole, conflict } from './people-rules.ts';
import { mayGiveRole } from './roles.ts';
import type { Throttle, ThrottleRule } from './throttle.ts';
import type { HashKey, RandomBytes } from './virtual-key.ts';

/** 256 random bits. */
const TOKEN_BYTES = 32;
const TOKEN_CHARS_MAX = 128;
const DAY_MS = 86_400_000;
const INVITATION_MS = 7 * DAY_MS;
/** Neither accepted nor revoked, also those whose time has passed: they can be sent again. */
const INVITATIONS_OPEN_MAX = 200;
const MEMBERS_MAX = 10_000;
const HOUR_MS = 3_600_000;
/** Mails that somebody gets by one organization's invitation, and that one organization has sent: all that may be open, once. */
const MAILS_TO_ADDRESS: ThrottleRule = { name: 'invitation address', limit: 5, windowMs: HOUR_MS };
const MAILS_OF_ORGANIZATION: ThrottleRule = {
  name: 'invitation organization',
  limit: INVITATIONS_OPEN_MAX,
  windowMs: HOUR_MS,
};
export const INVITATION_TEAMS_MAX = 50;

/** Who can be let into no organization any more. */
const ENDED: ReadonlySet<UserState> = new Set(['suspended', 'closed', 'erased']);

export type NewInvitation = { readonly email: string; readonly role: Role; readonly teamIds: readonly string[] };

/** Invitations to an organization. Everything throws GatewayError: `access.denied`, `auth.…`, `request.invalid`, `resource.…`. */
export type InvitationService = {
  readonly get: (organizationId: string, id: string) => Promise<Invitation | undefined>;
  readonly list: (organizationId: string, page: PageWanted) => Promise<readonly Invitation[]>;
  /**
   * Sends a link. Where one is open for the address, it is replaced, and its link is no good any more.
   * @throws auth.throttled where the address or the organization has had enough mails sent
   */
  readonly create: (access: Access, input: NewInvitation) => Promise<Invitation>;
  /** For an organization that no owner runs: the operator's way to give it one. */
  readonly inviteOwner: (organizationId: string, email: string) => Promise<Invitation>;
  /** Sends a new link with a new time; the old one is no good any more. @throws auth.throttled, as `create` does */
  readonly resend: (access: Access, id: string) => Promise<Changed<Invitation>>;
  readonly revoke: (access: Access, id: string) => Promise<Changed<Invitation>>;
  /** What a link invites to, as long as it is good; it says nothing about whom it is good for. */
  readonly find: (
    token: string,
  ) => Promise<{ readonly invitation: Invitation; readonly organization: Organization } | undefined>;
  /**
   * Makes the person a member, once. The address has to be the person's own and verified.
   * @throws auth.link_invalid for a link that is used, revoked, too old, or whose sender could not send it any more
   */
  readonly accept: (token: string, userId: string) => Promise<Member>;
};

export type InvitationInput = {
  readonly store: InvitationStore;
  readonly members: Pick<MemberStore, 'countOwners'>;
  readonly organizations: Pick<OrganizationStore, 'get'>;
  readonly mail: InvitationMail;
  readonly throttle: Pick<Throttle, 'take'>;
  readonly hashKey: HashKey;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createInvitationService(input: InvitationInput): InvitationService {
  const { store, now } = input;
  return {
    get: (organizationId, id) => store.get(organizationId, id),
    list: (organizationId, page) => store.list(organizationId, page),
    create: async (access, wanted) => {
      assertWithinOwnRole(access, wanted.role);
      const invitedBy = access.memberId ?? access.serviceAccountId;
      return invite(input, access.tenant.organizationId, { ...wanted, invitedBy });
    },
    inviteOwner: async (organizationId, email) => {
      if ((await input.members.countOwners(organizationId)) > 0) throw conflict('The organization has an owner.');
      return invite(input, organizationId, { email, role: 'owner', teamIds: [], invitedBy: undefined });
    },
    resend: async (access, id) => {
      const { organizationId } = access.tenant;
      const before = await store.get(organizationId, id);
      if (before === undefined) throw new GatewayError('resource.not_found');
      assertMayChange(access, before);
      await takeMail(input, before);
      const { token, hash } = newToken(input);
      const renewed = await store.renew(
        organizationId,
        { id, hash, expiresAt: now() + INVITATION_MS },
        { check: (invitation) => assertMayChange(access, invitation) },
      );
      await send(input, renewed.after, token);
      return renewed;
    },
    revoke: (access, id) =>
      store.revoke(
        access.tenant.organizationId,
        { id, at: now() },
        { check: (invitation) => assertMayChange(access, invitation) },
      ),
    find: async (token) => {
      if (token.length > TOKEN_CHARS_MAX) return undefined;
      const invitation = await store.openByHash(hashOf(input.hashKey, token), now());
      if (invitation === undefined) return undefined;
      const organization = await input.organizations.get(invitation.organizationId);
      return organization && { invitation, organization };
    },
    accept: async (token, userId) => {
      if (token.length > TOKEN_CHARS_MAX) throw new GatewayError('auth.link_invalid');
      const member = await store.accept(
        { hash: hashOf(input.hashKey, token), userId, memberId: input.newId('mem'), at: now() },
        { check: assertMayAccept },
      );
      if (member === undefined) throw new GatewayError('auth.link_invalid');
      return member;
    },
  };
}

async function invite(
  input: InvitationInput,
  organizationId: string,
  wanted: NewInvitation & { readonly invitedBy: string | undefined },
): Promise<Invitation> {
  const teamIds = [...new Set(wanted.teamIds)];
  if (teamIds.length > INVITATION_TEAMS_MAX)
    throw unfit('team_ids', `At most ${INVITATION_TEAMS_MAX} teams can be given.`);
  const email = wanted.email.toLowerCase();
  await takeMail(input, { organizationId, email });
  const { token, hash } = newToken(input);
  const invitation = await input.store.put(
    {
      id: input.newId('inv'),
      organizationId,
      email,
      role: wanted.role,
      teamIds,
      invitedBy: wanted.invitedBy,
      createdAt: input.now(),
      expiresAt: input.now() + INVITATION_MS,
      acceptedAt: undefined,
      revokedAt: undefined,
    },
    hash,
    {
      check: ({ open, isMember, areTeamsThere }) => {
        if (!areTeamsThere) throw unfit('team_ids', 'There is no such team.');
        if (isMember) throw conflict('A member has that address.', 'email');
        assertRoomFor(open, INVITATIONS_OPEN_MAX, 'open invitations');
      },
    },
  );
  await send(input, invitation, token);
  return invitation;
}

/** Before a link is made: the one that is out has to stay good where no new one is sent. */
async function takeMail(
  { throttle }: InvitationInput,
  { organizationId, email = '' }: Pick<Invitation, 'organizationId' | 'email'>,
): Promise<void> {
  await throttle.take(MAILS_TO_ADDRESS, `${organizationId} ${email}`);
  await throttle.take(MAILS_OF_ORGANIZATION, organizationId);
}

async function send({ organizations, mail }: InvitationInput, invitation: Invitation, token: string): Promise<void> {
  const organization = await organizations.get(invitation.organizationId);
  if (organization === undefined || invitation.email === undefined) throw new GatewayError('resource.not_found');
  const { email, role, expiresAt } = invitation;
  await mail.invite({ to: email, organization, role, token, expiresAt });
}

function assertMayChange(access: Access, { role, acceptedAt, revokedAt }: Invitation): void {
  assertWithinOwnRole(access, role);
  if (acceptedAt !== undefined) throw conflict('The invitation was accepted.');
  if (revokedAt !== undefined) throw conflict('The invitation was revoked.');
}

/** Who sent it has to be able to send it still: a person who was shown the door leaves none open behind. */
function assertMayAccept({ invitation, organizationState, user, inviterRole, memberCount }: InvitationSeen): void {
  const { email, role } = invitation;
  const isStillGiven = inviterRole === undefined || (inviterRole !== 'gone' && mayGiveRole(inviterRole, role));
  if (!isStillGiven) throw new GatewayError('auth.link_invalid');
  if (organizationState !== 'active') throw new GatewayError('organization.not_active');
  if (ENDED.has(user.state)) throw new GatewayError('auth.account_ended');
  if (email === undefined || email !== user.email) {
    throw new GatewayError('access.denied', { message: 'The invitation is for another mail address.' });
  }
  if (user.emailVerifiedAt === undefined) throw new GatewayError('auth.address_unverified');
  assertRoomFor(memberCount, MEMBERS_MAX, 'members');
}

function newToken({ randomBytes, hashKey }: InvitationInput): { readonly token: string; readonly hash: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: hashOf(hashKey, token) };
}

/** Its own word in front keeps these hashes apart from those of other secrets that share the pepper. */
function hashOf(hashKey: HashKey, token: string): string {
  return hashKey(`invitation ${token}`);
}
