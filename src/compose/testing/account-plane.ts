import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { createAuditDigests } from '../../audit/chain.ts';
import { type AuditLog, createAuditLog } from '../../audit/log.ts';
import { createControlPlane } from '../../controlplane/app.ts';
import { createMemoryServices } from '../../controlplane/testing/memory-services.ts';
import { createAccess } from '../../identity/access.ts';
import type { Recipient, SingleSignOnDomains } from '../../identity/ports.ts';
import type { SsoFetch } from '../../identity/sso/ports.ts';
import { createKeyHasher } from '../../identity/virtual-key.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kernel/json.ts';
import { DEFAULT_TENANT } from '../../storage/default-tenant.ts';
import type { Store } from '../../storage/open-store.ts';
import { freshStore, type TestEngine } from '../../storage/testing/stores.ts';
import { testVault } from '../../vault/testing/test-vault.ts';
import { type AccountServices, type AccountsInput, composeAccounts } from '../accounts.ts';
import { isWithinNetworks } from '../client-address.ts';
import { invitationSignIn } from '../invitation-sign-in.ts';
import { composePeople } from '../people-services.ts';
import { composeSso } from '../sso.ts';

export const OPERATOR_TOKEN = 'operator-token-of-a-test';
export const PASSWORD = 'correct horse battery';
export const ORIGIN = 'https://hub.example';

/** A mail that would have been sent. */
export type SentMail = { readonly kind: string; readonly to: Recipient; readonly token: string | undefined };

export type Answer = {
  readonly status: number;
  readonly body: JsonObject;
  readonly code: unknown;
  readonly cookies: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
};

export type Send = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string | undefined>>;
};

/** A browser with its cookie, on the hub's own pages. */
export type Browser = {
  readonly send: (path: string, send?: Send) => Promise<Answer>;
  cookie: string | undefined;
};

export type PeoplePlane = {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly people: AccountServices;
  readonly audit: AuditLog;
  readonly mails: SentMail[];
  readonly clock: { nowMs: number };
  readonly browser: (cookie?: string) => Browser;
  /** The control API with the installation's token. */
  readonly operator: (path: string, send?: Send) => Promise<Answer>;
  /** A person with a verified address and a password who is signed in, in no organization yet. */
  readonly signedUp: (email: string) => Promise<Browser>;
  readonly lastMail: (kind: string) => SentMail;
};

/** The control plane's people on a real store; everything else is in memory. Reached over TLS at {@link ORIGIN}. */
export async function startPeoplePlane(
  engine: TestEngine,
  {
    domains = { isEnforcedFor: async () => false },
    starter = () => undefined,
    address = '192.0.2.1',
    isSecure = true,
    fetch = async () => Promise.reject(new Error('nothing is asked elsewhere in this test')),
  }: {
    readonly domains?: SingleSignOnDomains;
    readonly starter?: (store: Store) => AccountsInput['starter'];
    readonly address?: string;
    readonly isSecure?: boolean;
    readonly fetch?: SsoFetch;
  } = {},
): Promise<PeoplePlane> {
  const clock = { nowMs: Date.UTC(2026, 5, 1) };
  const time = { now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const store = await freshStore(engine, { clock: time });
  const hashKey = createKeyHasher(randomBytes(32));
  const mails: SentMail[] = [];
  const note =
    (kind: string) =>
    (to: Recipient, token?: string): void =>
      void mails.push({ kind, to, token });
  const people = composeAccounts({
    store,
    hashKey,
    clock: time,
    newId: createIdMaker(time.now),
    tenant: DEFAULT_TENANT,
    mailKind: 'smtp',
    mail: {
      verifyAddress: note('verify'),
      accountExists: note('exists'),
      resetPassword: note('reset'),
      passwordChanged: note('changed'),
      awaitsApproval: (to) => note('awaits')(to),
      approved: note('approved'),
    },
    domains,
    starter: starter(store),
    refresh: async () => undefined,
  });
  const audit = createAuditLog({
    store: store.audit,
    digests: createAuditDigests(Buffer.from('a secret of this test')),
    newId: createIdMaker(time.now),
    now: time.now,
  });
  const { services } = createMemoryServices();
  const core = {
    store,
    hashKey,
    clock: time,
    newId: createIdMaker(time.now),
    tenant: DEFAULT_TENANT,
    snapshot: { refresh: async () => undefined },
  };
  const elsewhere = composeSso({
    ...core,
    people,
    vault: await testVault(),
    pathPrefix: '',
    baseUrl: () => ORIGIN,
    fetch,
  });
  const organizations = composePeople(core, {
    invite: async ({ to, token }) => note('invitation')({ email: to, name: undefined, locale: undefined }, token),
  });
  const app = await createControlPlane({
    ...services,
    ...organizations,
    ...people,
    signIn: {
      ...people.signIn,
      ...invitationSignIn({ people, store }, organizations.invitations),
      ...elsewhere.signIn,
    },
    sso: elsewhere.sso,
    audit,
    access: createAccess({
      store: store.access,
      adminTokens: { verify: async () => false },
      isControlToken: (token) => token === OPERATOR_TOKEN,
      hashKey,
      isWithin: isWithinNetworks,
      noteKeyUse: () => undefined,
      defaultTenant: DEFAULT_TENANT,
      now: time.now,
    }),
    reachedAt: () => ({ origin: ORIGIN, isSecure }),
    clientAddress: () => address,
  });
  onTestFinished(() => app.close());
  const call = (path: string, { method = 'GET', body, headers = {} }: Send): Promise<Answer> =>
    callPlane(app, path, { method, headers, ...(body === undefined ? {} : { body }) });
  const browser = (cookie?: string): Browser => {
    const self: Browser = {
      cookie,
      send: async (path, send = {}) => {
        const answer = await call(path, {
          ...send,
          headers: {
            origin: ORIGIN,
            'sec-fetch-site': 'same-origin',
            'user-agent': 'Test Browser',
            ...(self.cookie === undefined ? {} : { cookie: self.cookie }),
            ...send.headers,
          },
        });
        for (const set of answer.cookies) self.cookie = set.includes('Max-Age=0') ? undefined : set.split(';', 1)[0];
        return answer;
      },
    };
    return self;
  };
  const plane: PeoplePlane = {
    app,
    store,
    people,
    audit,
    mails,
    clock,
    browser,
    operator: (path, send = {}) =>
      call(path, { ...send, headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, ...send.headers } }),
    lastMail: (kind) => {
      const mail = mails.findLast((one) => one.kind === kind);
      if (mail === undefined) throw new Error(`no mail of kind ${kind} was sent`);
      return mail;
    },
    signedUp: async (email) => {
      const user = await people.accounts.signUpProved({ email, name: 'Somebody', password: PASSWORD, locale: 'en' });
      const one = browser();
      const { token } = await people.sessions.begin({
        userId: user.id,
        ssoConnectionId: undefined,
        address: undefined,
        userAgent: undefined,
      });
      one.cookie = `__Host-hub_session=${token}`;
      return one;
    },
  };
  return plane;
}

async function callPlane(
  app: FastifyInstance,
  path: string,
  { method = 'GET', body, headers = {} }: Send,
): Promise<Answer> {
  const response = await app.inject({
    method,
    url: `/control/v1${path}`,
    headers: {
      ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const parsed = parseJson(response.body);
  const answer = isJsonObject(parsed) ? parsed : {};
  const error = isJsonObject(answer['error']) ? answer['error'] : {};
  return {
    status: response.statusCode,
    body: answer,
    code: error['code'],
    cookies: [response.headers['set-cookie'] ?? []].flat(),
    headers: response.headers,
  };
}
