import { randomBytes } from 'node:crypto';
import type { ControlServices, SignInServices } from '../controlplane/services.ts';
import { type Accounts, createAccounts } from '../identity/accounts.ts';
import { createConnectSessions, type MakeConnectedKey } from '../identity/connect-sessions.ts';
import { domainOf, normalizeEmail } from '../identity/email.ts';
import { createGuestKey } from '../identity/guest-key.ts';
import { createOneTimeTokens, type OneTimeTokens } from '../identity/one-time-tokens.ts';
import { createPasswords } from '../identity/passwords.ts';
import { createPeople } from '../identity/people.ts';
import type { AccountMail, SingleSignOnDomains } from '../identity/ports.ts';
import { createSessions, type Sessions } from '../identity/sessions.ts';
import { createStarterCredits, type StarterCredits, type StarterCreditsDeps } from '../identity/starter-credits.ts';
import { createThrottle, type Throttle } from '../identity/throttle.ts';
import { unlimitedKey } from '../identity/unlimited-key.ts';
import { createVirtualKey, type HashKey } from '../identity/virtual-key.ts';
import type { Clock } from '../kernel/clock.ts';
import type { NewId } from '../kernel/ids.ts';
import type { GuestPlayground } from '../protocol/installation.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { Store } from '../storage/open-store.ts';

/** How long the console's token for the first owner counts; every start shows a new one while there is nobody. */
const FIRST_OWNER_LASTS_MS = 7 * 86_400_000;

export type AccountsInput = {
  readonly store: Store;
  readonly hashKey: HashKey;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly tenant: Tenant;
  readonly mail: AccountMail;
  readonly mailKind: 'smtp' | 'console';
  readonly domains: SingleSignOnDomains;
  /** How who signs up gets credit to begin with. */
  readonly starter:
    | (Pick<StarterCreditsDeps, 'digest' | 'give'> & {
        /** Whether calls are paid for with credit now. */
        readonly isOffered: () => boolean;
        /** Told why credit could not be given at once. It is tried again. */
        readonly onLate: (error: unknown) => void;
      })
    | undefined;
  /** Tells the data plane of this process that keys may have ended. */
  readonly refresh: () => Promise<void>;
};

export type AccountServices = Pick<ControlServices, 'accounts' | 'sessions' | 'people' | 'installation' | 'connect'> & {
  /** Without what invitations and other sign-ins add. */
  readonly signIn: Pick<SignInServices, 'options' | 'wayIn' | 'signOut'>;
  readonly sessions: Sessions;
  readonly tokens: OneTimeTokens;
  readonly starterCredits: StarterCredits | undefined;
  /** The token by which the first owner is made; `undefined` once there is anybody. */
  readonly firstOwnerToken: () => Promise<string | undefined>;
};

/** Joins what people's accounts are made of. */
export function composeAccounts(input: AccountsInput): AccountServices {
  const { store, hashKey, newId, clock } = input;
  const { now } = clock;
  const sessions = createSessions({ store: store.sessions, hashKey, randomBytes, newId, now });
  const tokens = createOneTimeTokens({ store: store.oneTimeTokens, hashKey, randomBytes, newId, now });
  const throttle = createThrottle({ store: store.throttles, hashKey, now });
  const starterCredits = openStarterCredits(input, throttle);
  const accounts = createAccounts({
    users: store.users,
    accounts: store.accounts,
    sessions,
    tokens,
    passwords: createPasswords(),
    throttle,
    mail: input.mail,
    domains: input.domains,
    installation: store.installation,
    starter: starterCredits && {
      claimFor: async (...claimed) =>
        input.starter?.isOffered() === true ? starterCredits.claimFor(...claimed) : undefined,
      giveSoon: () => void starterCredits.giveWaiting().catch((error: unknown) => input.starter?.onLate(error)),
    },
    newId,
    defaultTenant: input.tenant,
    now,
  });
  return {
    sessions,
    tokens,
    starterCredits,
    accounts: refreshing(accounts, input.refresh),
    people: createPeople({ users: store.users, places: store.places }),
    installation: {
      get: store.installation.get,
      update: async (installation, ifRevision) => {
        const { guestPlayground } = installation;
        const wanted = guestPlayground.enabled ? { guestPlayground: await withKey(input, guestPlayground) } : {};
        const isChanged = await store.installation.update({ ...installation, ...wanted }, ifRevision);
        await input.refresh();
        return isChanged;
      },
    },
    signIn: signInServices(input, sessions),
    connect: createConnectSessions({
      store: store.connectSessions,
      throttle,
      hashKey,
      randomBytes,
      makeKey: (owner) => makeConnectedKey(input, owner),
      now,
    }),
    firstOwnerToken: async () => {
      if (!(await store.users.isEmpty())) return undefined;
      await tokens.end('first_owner', undefined);
      return tokens.make({ purpose: 'first_owner', lastsMs: FIRST_OWNER_LASTS_MS });
    },
  };
}

function openStarterCredits(
  { starter, store, newId, clock }: AccountsInput,
  throttle: Pick<Throttle, 'take'>,
): StarterCredits | undefined {
  if (starter === undefined) return undefined;
  const { digest, give } = starter;
  return createStarterCredits({ store: store.starterCredits, throttle, digest, give, newId, now: clock.now });
}

/** A guest playground that is on has a key of the hub's own in the organization that pays. */
async function withKey(
  { store, hashKey, newId, clock, tenant }: AccountsInput,
  guests: GuestPlayground,
): Promise<GuestPlayground> {
  const { keys, projectReader: projects } = store;
  const key = createGuestKey({ store: keys, projects, hashKey, newId, randomBytes, now: clock.now });
  return { ...guests, keyId: await key.ensure(guests.organizationId ?? tenant.organizationId, guests.keyId) };
}

/** A key of a member's own, in the organization's first project, under a name that says where it came from. */
async function makeConnectedKey(
  { store, hashKey, newId, clock, refresh }: AccountsInput,
  { tenant, memberId }: Parameters<MakeConnectedKey>[0],
): ReturnType<MakeConnectedKey> {
  const secret = createVirtualKey(randomBytes);
  const keyId = newId('vk');
  const key = { id: keyId, name: `AIGNE CLI ${keyId.slice(-6)}`, createdAt: clock.now() };
  await store.keys.insert(tenant, { ...unlimitedKey(tenant, key, { secret, hashKey }), memberId });
  await refresh();
  return { keyId, secret };
}

/** What ends or begins keys is seen by this process at once; others see it within a second. */
function refreshing(accounts: Accounts, refresh: () => Promise<void>): Accounts {
  const after =
    <Words extends readonly unknown[], Result>(act: (...words: Words) => Promise<Result>) =>
    async (...words: Words): Promise<Result> => {
      const result = await act(...words);
      await refresh();
      return result;
    };
  return {
    ...accounts,
    verifyAddress: after(accounts.verifyAddress),
    approve: after(accounts.approve),
    suspend: after(accounts.suspend),
    reactivate: after(accounts.reactivate),
    close: after(accounts.close),
    erase: after(accounts.erase),
  };
}

function signInServices({ store, mailKind, tenant }: AccountsInput, sessions: Sessions): AccountServices['signIn'] {
  return {
    options: async () => ({
      installation: await store.installation.get(),
      needsSetup: await store.users.isEmpty(),
      mail: mailKind,
      // Other organizations' ways in are found by the domain of an address, and shown to nobody else.
      signIns: (await store.ssoConnections.listActive()).filter(
        ({ organizationId }) => organizationId === undefined || organizationId === tenant.organizationId,
      ),
    }),
    wayIn: (email) => store.ssoConnections.findByDomain(domainOf(normalizeEmail(email))),
    signOut: async ({ userId, sessionId }) => {
      await sessions.end(userId, sessionId);
      return undefined;
    },
  };
}
