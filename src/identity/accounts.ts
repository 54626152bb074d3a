import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import type { JsonObject } from '../kernel/json.ts';
import { DEFAULT_BROKEN_STREAM_POLICY } from '../protocol/broken-streams.ts';
import type { Installation } from '../protocol/installation.ts';
import type { Session, User } from '../protocol/people.ts';
import type { StarterOffer } from '../protocol/starter-credits.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { domainOf, normalizeEmail } from './email.ts';
import type { OneTimeTokens } from './one-time-tokens.ts';
import { checkNewPassword, type Passwords } from './passwords.ts';
import type {
  AccountMail,
  AccountStore,
  InstallationReader,
  Recipient,
  SingleSignOnDomains,
  StarterClaim,
  UserStore,
} from './ports.ts';
import type { Sessions } from './sessions.ts';
import type { StarterCredits } from './starter-credits.ts';
import type { Throttle, ThrottleRule } from './throttle.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NAME_CHARS_MAX = 100;

export const VERIFY_LASTS_MS = 24 * HOUR_MS;
export const RESET_LASTS_MS = HOUR_MS;

/** From one place against one account: few. Against one account from anywhere: more, so that a stranger cannot lock it. */
const SIGN_IN_HERE: ThrottleRule = { name: 'sign in here', limit: 10, windowMs: 15 * MINUTE_MS };
const SIGN_IN_ACCOUNT: ThrottleRule = { name: 'sign in account', limit: 100, windowMs: 15 * MINUTE_MS };
const SIGN_IN_ADDRESS: ThrottleRule = { name: 'sign in address', limit: 60, windowMs: 15 * MINUTE_MS };
const SIGN_UP_ADDRESS: ThrottleRule = { name: 'sign up address', limit: 20, windowMs: HOUR_MS };
/** Mails that somebody can have sent to an address. */
const MAIL_ACCOUNT: ThrottleRule = { name: 'mail account', limit: 5, windowMs: HOUR_MS };
const MAIL_ADDRESS: ThrottleRule = { name: 'mail address', limit: 30, windowMs: HOUR_MS };

/** Where a request came from. */
export type Origin = { readonly address: string | undefined; readonly userAgent: string | undefined };

export type Begun = { readonly user: User; readonly session: Session; readonly token: string };

export type Accounts = {
  /** Makes the first owner, who runs the installation, with the token that the console showed. @throws auth.link_invalid */
  readonly setUp: (input: NewAccount & { readonly token: string }, origin: Origin) => Promise<Begun>;
  /** Takes a sign-up. The answer is the same whether or not the address has an account. @throws auth.sign_up_closed */
  readonly signUp: (input: NewAccount, origin: Origin) => Promise<void>;
  /** Makes the account of somebody whose address a link has proved: an invitation. @throws resource.conflict */
  readonly signUpProved: (input: NewAccount) => Promise<User>;
  readonly verifyAddress: (token: string, origin: Origin) => Promise<User>;
  readonly resendVerification: (email: string, origin: Origin) => Promise<void>;
  /** @throws auth.sign_in_failed, auth.throttled, and for who is right: auth.address_unverified, auth.account_ended … */
  readonly signIn: (input: { readonly email: string; readonly password: string }, origin: Origin) => Promise<Begun>;
  readonly forgotPassword: (email: string, origin: Origin) => Promise<void>;
  readonly resetPassword: (input: { readonly token: string; readonly password: string }) => Promise<void>;
  /** Ends all other sessions and gives this one a new token. */
  readonly changePassword: (
    userId: string,
    input: { readonly current: string | undefined; readonly next: string },
    origin: Origin,
  ) => Promise<Begun>;
  /** Asks for the password again before something that cannot be undone. @throws auth.sign_in_failed */
  readonly confirmPassword: (userId: string, password: string | undefined, origin: Origin) => Promise<void>;
  /** Lets a person in who may be let in: verified, approved. */
  readonly admit: (user: User, origin?: Origin) => Promise<void>;
  readonly approve: (userId: string) => Promise<User>;
  readonly suspend: (userId: string, reason: string | undefined) => Promise<User>;
  readonly reactivate: (userId: string) => Promise<User>;
  readonly setOperator: (userId: string, isOperator: boolean) => Promise<User>;
  /** @throws resource.conflict while an organization would be without an owner, or the hub without an operator */
  readonly close: (userId: string) => Promise<void>;
  /** @throws resource.conflict for an account that is not closed or suspended */
  readonly erase: (userId: string) => Promise<void>;
  readonly exportOf: (userId: string) => Promise<JsonObject>;
};

export type NewAccount = {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly locale: string | undefined;
};

export type AccountsInput = {
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly sessions: Sessions;
  readonly tokens: OneTimeTokens;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  readonly mail: AccountMail;
  readonly domains: SingleSignOnDomains;
  readonly installation: InstallationReader;
  readonly starter:
    | {
        /** `undefined` where nothing is given: while calls are not paid for with credit. */
        readonly claimFor: (...claimed: Parameters<StarterCredits['claimFor']>) => Promise<StarterClaim | undefined>;
        readonly giveSoon: () => void;
      }
    | undefined;
  readonly newId: NewId;
  /** The installation's first organization. */
  readonly defaultTenant: Tenant;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Builds the life of an account: how it begins, how somebody gets into it, how it ends. */
export function createAccounts(input: AccountsInput): Accounts {
  return { ...beginnings(input), ...waysIn(input), ...endings(input) };
}

function beginnings(
  input: AccountsInput,
): Pick<Accounts, 'setUp' | 'signUp' | 'signUpProved' | 'verifyAddress' | 'resendVerification' | 'admit'> {
  const { users, tokens, mail, throttle, now } = input;
  const newUser = async (wanted: NewAccount, fields: Partial<User>): Promise<User> => {
    const email = normalizeEmail(wanted.email);
    checkNewPassword(wanted.password, email);
    return {
      id: input.newId('usr'),
      email,
      name: readPersonName(wanted.name),
      locale: wanted.locale,
      passwordHash: await input.passwords.hash(wanted.password),
      emailVerifiedAt: undefined,
      state: 'active',
      stateReason: undefined,
      stateChangedAt: undefined,
      isOperator: false,
      createdAt: now(),
      lastSeenAt: undefined,
      revision: 1,
      ...fields,
    };
  };
  const admit: Accounts['admit'] = (user, origin) => admitPerson(input, user, origin);
  const sendVerification = async (user: User): Promise<void> => {
    const token = await tokens.make({ purpose: 'verify_address', userId: user.id, lastsMs: VERIFY_LASTS_MS });
    mail.verifyAddress(recipient(user), token);
  };
  return {
    admit,
    setUp: async (wanted, origin) => {
      const user = await newUser(wanted, { emailVerifiedAt: now(), isOperator: true });
      await tokens.use('first_owner', wanted.token);
      const { organizationId } = input.defaultTenant;
      await input.accounts.createMember(user, { ...newMember(input, user.id), organizationId, role: 'owner' });
      return begin(input, user, origin);
    },
    signUp: async (wanted, origin) => {
      const email = normalizeEmail(wanted.email);
      await throttle.take(SIGN_UP_ADDRESS, origin.address ?? '');
      const installation = await input.installation.get();
      assertMaySignUp(installation, email);
      if (await input.domains.isEnforcedFor(email)) throw new GatewayError('auth.single_sign_on_required');
      const user = await newUser(wanted, {
        state: installation.signUp === 'approval' ? 'awaiting_approval' : 'active',
      });
      const known = await users.byEmail(email);
      if (known !== undefined) {
        if (await mayMail(input, email, origin)) mail.accountExists(recipient(known));
        return;
      }
      try {
        await users.insert(user);
      } catch (error) {
        // Somebody else signed the same address up in the meantime: that one gets the mail.
        if (error instanceof GatewayError && error.code === 'resource.conflict') return;
        throw error;
      }
      await sendVerification(user);
    },
    signUpProved: async (wanted) => {
      const user = await newUser(wanted, { emailVerifiedAt: now() });
      await users.insert(user);
      return user;
    },
    verifyAddress: async (token, origin) => {
      const { userId } = await tokens.use('verify_address', token);
      const user = await existing(users, userId);
      if (user.emailVerifiedAt === undefined) await users.update(user.id, { emailVerifiedAt: now() });
      const verified = await existing(users, user.id);
      if (verified.state === 'awaiting_approval') await tellOperators(input, verified);
      await admit(verified, origin);
      return verified;
    },
    resendVerification: async (text, origin) => {
      const email = normalizeEmail(text);
      if (!(await mayMail(input, email, origin))) return;
      const user = await users.byEmail(email);
      if (user === undefined || user.emailVerifiedAt !== undefined) return;
      if (user.state === 'active' || user.state === 'awaiting_approval') await sendVerification(user);
    },
  };
}

function waysIn(
  input: AccountsInput,
): Pick<Accounts, 'signIn' | 'forgotPassword' | 'resetPassword' | 'changePassword' | 'confirmPassword'> {
  const { users, tokens, passwords, mail, throttle, now } = input;
  const confirm = async (user: User, password: string | undefined, origin: Origin): Promise<void> => {
    if (user.passwordHash === undefined) return;
    await throttle.take(SIGN_IN_HERE, `${user.email ?? ''} ${origin.address ?? ''}`);
    if (await passwords.isRight(password ?? '', user.passwordHash)) return;
    throw new GatewayError('auth.sign_in_failed', { message: 'The present password is wrong.', param: 'password' });
  };
  return {
    confirmPassword: async (userId, password, origin) => confirm(await existing(users, userId), password, origin),
    signIn: async ({ email: text, password }, origin) => {
      const email = normalizeEmail(text);
      const here = `${email} ${origin.address ?? ''}`;
      await throttle.take(SIGN_IN_ADDRESS, origin.address ?? '');
      await throttle.take(SIGN_IN_HERE, here);
      await throttle.take(SIGN_IN_ACCOUNT, email);
      // The domain alone decides, so that the answer says nothing about accounts.
      if (await input.domains.isEnforcedFor(email)) throw new GatewayError('auth.single_sign_on_required');
      const user = await users.byEmail(email);
      const isRight = await passwords.isRight(password, user?.passwordHash);
      if (user === undefined || !isRight) throw new GatewayError('auth.sign_in_failed');
      await throttle.forget(SIGN_IN_HERE, here);
      assertMaySignIn(user);
      return begin(input, user, origin);
    },
    forgotPassword: async (text, origin) => {
      const email = normalizeEmail(text);
      if (!(await mayMail(input, email, origin))) return;
      const user = await users.byEmail(email);
      const maySignIn = user !== undefined && (user.state === 'active' || user.state === 'awaiting_approval');
      if (!maySignIn || (await input.domains.isEnforcedFor(email))) return;
      const token = await tokens.make({ purpose: 'reset_password', userId: user.id, lastsMs: RESET_LASTS_MS });
      mail.resetPassword(recipient(user), token);
    },
    resetPassword: async ({ token, password }) => {
      // What is wrong with the password must not use up the link.
      checkNewPassword(password, '');
      const passwordHash = await passwords.hash(password);
      const { userId } = await tokens.use('reset_password', token);
      const user = await existing(users, userId);
      // Whoever opened the link reads the address's mail, so the address is theirs.
      await users.update(user.id, { passwordHash, emailVerifiedAt: user.emailVerifiedAt ?? now() });
      await input.sessions.endAll(user.id);
      mail.passwordChanged(recipient(user));
      await admitPerson(input, await existing(users, user.id));
    },
    changePassword: async (userId, { current, next }, origin) => {
      const user = await existing(users, userId);
      await confirm(user, current, origin);
      checkNewPassword(next, user.email ?? '');
      await users.update(userId, { passwordHash: await passwords.hash(next) });
      await input.sessions.endAll(userId);
      await tokens.end('reset_password', userId);
      mail.passwordChanged(recipient(user));
      return begin(input, user, origin);
    },
  };
}

function endings(
  input: AccountsInput,
): Pick<Accounts, 'approve' | 'suspend' | 'reactivate' | 'setOperator' | 'close' | 'erase' | 'exportOf'> {
  const { users, accounts, sessions, mail, now } = input;
  const setState = async (user: User, state: User['state'], reason?: string): Promise<User> => {
    await users.update(user.id, { state, stateReason: reason, stateChangedAt: now() });
    if (state !== 'active') await sessions.endAll(user.id);
    return existing(users, user.id);
  };
  const assertNotLastOperator = async (user: User): Promise<void> => {
    if (!user.isOperator || user.state !== 'active' || (await users.operators()).length > 1) return;
    throw new GatewayError('resource.conflict', {
      message: 'The hub would be without an operator. Name another first.',
    });
  };
  return {
    approve: async (userId) => {
      const user = await existing(users, userId);
      if (user.state !== 'awaiting_approval') return user;
      const approved = await setState(user, 'active');
      await admitPerson(input, approved);
      mail.approved(recipient(approved));
      return approved;
    },
    suspend: async (userId, reason) => {
      const user = await existing(users, userId);
      if (user.state !== 'active' && user.state !== 'awaiting_approval') return user;
      await assertNotLastOperator(user);
      return setState(user, 'suspended', reason);
    },
    reactivate: async (userId) => {
      const user = await existing(users, userId);
      return user.state === 'suspended' ? setState(user, 'active') : user;
    },
    setOperator: async (userId, isOperator) => {
      const user = await existing(users, userId);
      if (!isOperator) await assertNotLastOperator(user);
      await users.update(userId, { isOperator });
      // What a session may do changed, so a new one has to be begun.
      await sessions.endAll(userId);
      return existing(users, userId);
    },
    close: async (userId) => {
      const user = await existing(users, userId);
      await assertNotLastOperator(user);
      const [organizationId] = await accounts.onlyOwnerOf(userId);
      if (organizationId !== undefined) {
        throw new GatewayError('resource.conflict', {
          message: 'An organization would be without an owner. Make somebody else its owner, or close it first.',
          details: { organization_id: organizationId },
        });
      }
      await accounts.close(userId, now());
    },
    erase: async (userId) => {
      const user = await existing(users, userId);
      if (user.state !== 'closed' && user.state !== 'suspended') {
        throw new GatewayError('resource.conflict', { message: 'Close the account first.' });
      }
      await accounts.erase(userId, now());
    },
    exportOf: async (userId) => {
      await existing(users, userId);
      return accounts.exportOf(userId);
    },
  };
}

function begin(input: AccountsInput, user: User, origin: Origin): Promise<Begun> {
  return beginSession(input.sessions, user, origin);
}

/** A session of somebody who has just proved who they are, with a password or by a link. */
export async function beginSession(sessions: Pick<Sessions, 'begin'>, user: User, origin: Origin): Promise<Begun> {
  const { session, token } = await sessions.begin({ userId: user.id, ssoConnectionId: undefined, ...origin });
  return { user, session, token };
}

/** @throws auth.address_unverified, auth.awaiting_approval, auth.account_ended */
export function assertMaySignIn(user: User): void {
  if (user.state === 'suspended' || user.state === 'closed' || user.state === 'erased') {
    throw new GatewayError('auth.account_ended');
  }
  if (user.emailVerifiedAt === undefined) throw new GatewayError('auth.address_unverified');
  if (user.state === 'awaiting_approval') throw new GatewayError('auth.awaiting_approval');
}

/** @throws auth.sign_up_closed */
export function assertMaySignUp({ signUp, signUpDomains }: Installation, email: string): void {
  const isOpen =
    signUp === 'open' || signUp === 'approval' || (signUp === 'domain' && signUpDomains.includes(domainOf(email)));
  if (!isOpen) throw new GatewayError('auth.sign_up_closed');
}

/** Gives who signed up a place: an organization of their own, or one in the installation's first. */
async function admitPerson(input: AccountsInput, user: User, origin?: Origin): Promise<void> {
  if (user.state !== 'active' || user.emailVerifiedAt === undefined) return;
  const { signUp, signUpJoins, starterCredits: offer } = await input.installation.get();
  // Who was invited has a place already, or gets one by the invitation.
  if (signUp === 'invitation') return;
  const member = newMember(input, user.id);
  if (signUpJoins === 'first') {
    return input.accounts.join({ ...member, organizationId: input.defaultTenant.organizationId, role: 'viewer' });
  }
  const now = input.now();
  const organizationId = input.newId('org');
  await input.accounts.givePersonalOrganization({
    organization: {
      id: organizationId,
      name: user.name ?? 'Personal',
      kind: 'personal',
      state: 'active',
      stateReason: undefined,
      stateChangedAt: undefined,
      ownCredentialsAllowed: undefined,
      ownCredentialsUse: 'first',
      brokenStreamPolicy: DEFAULT_BROKEN_STREAM_POLICY,
      brand: {},
      externalId: undefined,
      createdAt: now,
      revision: 1,
    },
    project: {
      id: input.newId('proj'),
      organizationId,
      teamId: undefined,
      name: 'Default',
      isDefault: true,
      archivedAt: undefined,
      createdAt: now,
      revision: 1,
    },
    owner: { ...member, organizationId, role: 'owner' },
    starter: offer && (await claimOf(input, offer, { user, organizationId, address: origin?.address })),
  });
  input.starter?.giveSoon();
}

type Claiming = {
  readonly user: User;
  readonly organizationId: string;
  readonly address: string | undefined;
};

async function claimOf(
  { starter }: AccountsInput,
  offer: StarterOffer,
  { user: { email }, organizationId, address }: Claiming,
): Promise<StarterClaim | undefined> {
  return email === undefined ? undefined : starter?.claimFor(offer, { email, address }, organizationId);
}

function newMember(input: AccountsInput, userId: string) {
  return {
    id: input.newId('mem'),
    userId,
    state: 'active' as const,
    teamIds: [],
    createdAt: input.now(),
    revision: 1,
  };
}

/** False where somebody has had enough mails sent: the answer to who asked is the same. */
async function mayMail(input: AccountsInput, email: string, origin: Origin): Promise<boolean> {
  await input.throttle.take(MAIL_ADDRESS, origin.address ?? '');
  try {
    await input.throttle.take(MAIL_ACCOUNT, email);
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'auth.throttled') return false;
    throw error;
  }
}

const OPERATORS_TOLD_MAX = 20;

async function tellOperators({ users, mail }: AccountsInput, waiting: User): Promise<void> {
  for (const operator of (await users.operators()).slice(0, OPERATORS_TOLD_MAX)) {
    mail.awaitsApproval(recipient(operator), { email: waiting.email ?? '' });
  }
}

function recipient({ email = '', name, locale }: User): Recipient {
  return { email, name, locale };
}

async function existing(users: UserStore, userId: string | undefined): Promise<User> {
  const user = userId === undefined ? undefined : await users.get(userId);
  if (user === undefined || user.state === 'erased') throw new GatewayError('resource.not_found');
  return user;
}

/** @throws request.invalid */
export function readPersonName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > NAME_CHARS_MAX || /\p{Cc}/u.test(name)) {
    throw new GatewayError('request.invalid', {
      param: 'name',
      message: `name: has 1 to ${NAME_CHARS_MAX} characters, none of them control characters.`,
    });
  }
  return name;
}
