import { GatewayError } from '../../kernel/errors.ts';
import type { NewId } from '../../kernel/ids.ts';
import type { User } from '../../protocol/people.ts';
import type { SsoConnection, SsoProfile } from '../../protocol/sso.ts';
import { type Accounts, assertMaySignIn, assertMaySignUp, type Begun, type Origin } from '../accounts.ts';
import type { AccountStore, InstallationReader, UserIdentityStore, UserStore } from '../ports.ts';
import type { Sessions } from '../sessions.ts';
import { mayJoin, requireProvenAddress, roleFor } from './admission.ts';
import type { SsoService } from './service.ts';

const NAME_CHARS_MAX = 100;

export type SignedInElsewhere = { readonly begun: Begun; readonly returnTo: string };

/** What becomes of somebody who comes back from a provider: which person it is, where they belong, a session. */
export type SsoSignIn = (
  callback: { readonly callbackUrl: string; readonly cookie: string | undefined },
  origin: Origin,
) => Promise<SignedInElsewhere>;

export type SsoSignInDeps = {
  readonly service: Pick<SsoService, 'finish'>;
  readonly users: UserStore;
  readonly identities: UserIdentityStore;
  readonly accounts: Pick<AccountStore, 'join' | 'syncRole' | 'isMember' | 'forgetUnproved'>;
  readonly admit: Accounts['admit'];
  readonly sessions: Pick<Sessions, 'begin'>;
  readonly installation: InstallationReader;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createSsoSignIn(deps: SsoSignInDeps): SsoSignIn {
  return async (callback, origin) => {
    const { connection, profile, returnTo } = await deps.service.finish(callback);
    const user = await personOf(deps, connection, profile);
    assertMaySignIn(user);
    await takePlace(deps, { connection, profile, user });
    const { session, token } = await deps.sessions.begin({
      userId: user.id,
      ssoConnectionId: connection.id,
      ...origin,
    });
    return { begun: { user, session, token }, returnTo };
  };
}

/**
 * Who it is. What a provider calls its subject says so for good; a mail address only the first time, and only where the
 * provider proves it.
 */
async function personOf(deps: SsoSignInDeps, connection: SsoConnection, profile: SsoProfile): Promise<User> {
  const known = await deps.identities.find(connection.id, profile.subject);
  const knownUser = known && (await deps.users.get(known.userId));
  if (known !== undefined && knownUser !== undefined) {
    await deps.identities.touch(known.id, deps.now());
    return knownUser;
  }
  const email = requireProvenAddress(profile, connection);
  const present = await deps.users.byEmail(email);
  const user =
    present === undefined ? await newPerson(deps, { connection, profile, email }) : await proved(deps, present);
  await deps.identities.link({
    id: deps.newId('ident'),
    userId: user.id,
    ssoConnectionId: connection.id,
    subject: profile.subject,
    createdAt: deps.now(),
    lastUsedAt: deps.now(),
  });
  return user;
}

/**
 * An account whose address nobody had proved may be a trap: whoever signed it up with somebody else's address would share
 * it from now on. Its password, links and sessions end.
 */
async function proved(deps: SsoSignInDeps, user: User): Promise<User> {
  if (user.emailVerifiedAt !== undefined) return user;
  await deps.accounts.forgetUnproved(user.id, deps.now());
  return (await deps.users.get(user.id)) ?? user;
}

async function newPerson(
  deps: SsoSignInDeps,
  {
    connection,
    profile,
    email,
  }: { readonly connection: SsoConnection; readonly profile: SsoProfile; readonly email: string },
): Promise<User> {
  const { organizationId } = connection;
  const installation = await deps.installation.get();
  // An organization's own provider brings its own people; the installation's only those who may sign up anyway.
  if (organizationId === undefined) assertMaySignUp(installation, email);
  else if (!mayJoin(profile, connection) || roleFor(profile, connection) === undefined) throw notInvited();
  const isWaiting = organizationId === undefined && installation.signUp === 'approval';
  const user: User = {
    id: deps.newId('usr'),
    email,
    name: nameOf(profile, email),
    locale: undefined,
    passwordHash: undefined,
    emailVerifiedAt: deps.now(),
    state: isWaiting ? 'awaiting_approval' : 'active',
    stateReason: undefined,
    stateChangedAt: undefined,
    isOperator: false,
    createdAt: deps.now(),
    lastSeenAt: undefined,
    revision: 1,
  };
  await deps.users.insert(user);
  if (organizationId === undefined) await deps.admit(user);
  return user;
}

/** In an organization whose own connection it is: a place for who may have one, in the role that the groups say now. */
async function takePlace(
  deps: SsoSignInDeps,
  {
    connection,
    profile,
    user,
  }: { readonly connection: SsoConnection; readonly profile: SsoProfile; readonly user: User },
): Promise<void> {
  const { organizationId } = connection;
  if (organizationId === undefined) return;
  const role = roleFor(profile, connection);
  const isMember = await deps.accounts.isMember(organizationId, user.id);
  if (isMember && role !== undefined && Object.keys(connection.groupRoles).length > 0) {
    await deps.accounts.syncRole({ organizationId, userId: user.id, role });
  }
  if (isMember) return;
  if (role === undefined || !mayJoin(profile, connection)) throw notInvited();
  await deps.accounts.join({
    id: deps.newId('mem'),
    organizationId,
    userId: user.id,
    role,
    state: 'active',
    teamIds: [],
    createdAt: deps.now(),
    revision: 1,
  });
}

function nameOf({ name }: SsoProfile, email: string): string {
  const said = name
    ?.replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, NAME_CHARS_MAX);
  return said === undefined || said === '' ? email.slice(0, email.indexOf('@')) : said;
}

function notInvited(): GatewayError {
  return new GatewayError('auth.sign_up_closed', {
    message: 'You have no place in this organization, and signing in gives you none.',
  });
}
