import { GatewayError } from '../../kernel/errors.ts';
import type { NewId } from '../../kernel/ids.ts';
import { unfit } from '../../kernel/invalid.ts';
import type { Role } from '../../protocol/people.ts';
import {
  type SsoClaims,
  type SsoConnection,
  type SsoEndpoints,
  type SsoKind,
  type SsoPresetName,
  ssoSecretAddress,
} from '../../protocol/sso.ts';
import type { SsoChange, SsoConnectionStore } from '../ports.ts';
import { isLoopbackAddress } from './addresses.ts';
import type { SsoVault } from './ports.ts';
import { isOpenToAnybody, SSO_PRESET_DATA, STANDARD_CLAIMS } from './presets.ts';
import { ssoBinding } from './secret.ts';

const NAME_CHARS_MAX = 100;
const ADDRESS_CHARS_MAX = 500;
const CLIENT_ID_CHARS_MAX = 500;
const SECRET_CHARS_MAX = 4096;
const CLAIM_CHARS_MAX = 200;
const GROUP_CHARS_MAX = 256;
const SCOPES_MAX = 30;
const DOMAINS_MAX = 100;
const GROUPS_MAX = 500;
/** https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
/** A host name of at least two labels, as mail has it; other alphabets in their ASCII form. */
const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** What an administrator enters. What is left out is the preset's, else the standard's. */
export type NewSsoConnection = {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly kind?: SsoKind | undefined;
  readonly preset?: SsoPresetName | undefined;
  readonly issuer?: string | undefined;
  readonly endpoints?: SsoEndpoints | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly claims?: Partial<SsoClaims> | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly groupRoles?: Readonly<Record<string, Role>> | undefined;
  readonly defaultRole?: Role | undefined;
  readonly joins?: SsoConnection['joins'] | undefined;
  readonly isEnforced?: boolean | undefined;
  readonly state?: SsoConnection['state'] | undefined;
};

/** A field that is missing stays; `null` empties it. Kind and preset stay what they were made as. */
export type SsoConnectionChange = {
  readonly name?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | null | undefined;
  readonly issuer?: string | null | undefined;
  readonly endpoints?: SsoEndpoints | null | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly claims?: Partial<SsoClaims> | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly groupRoles?: Readonly<Record<string, Role>> | undefined;
  readonly defaultRole?: Role | null | undefined;
  readonly joins?: SsoConnection['joins'] | undefined;
  readonly isEnforced?: boolean | undefined;
  readonly state?: SsoConnection['state'] | undefined;
};

/** An organization's connections, or the installation's. Everything throws GatewayError: `request.invalid`, `resource.…` */
export type SsoConnectionService = {
  readonly list: (organizationId: string | undefined) => Promise<readonly SsoConnection[]>;
  readonly get: (organizationId: string | undefined, id: string) => Promise<SsoConnection>;
  readonly create: (organizationId: string | undefined, input: NewSsoConnection) => Promise<SsoConnection>;
  /** Another address asks for the secret again: it is sent to nobody but whom it was entered for. */
  readonly update: (
    organizationId: string | undefined,
    at: { readonly id: string; readonly revision: number },
    change: SsoConnectionChange,
  ) => Promise<SsoConnection>;
  readonly remove: (organizationId: string | undefined, id: string) => Promise<void>;
};

export function createSsoConnectionService(deps: {
  readonly store: SsoConnectionStore;
  readonly vault: SsoVault;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): SsoConnectionService {
  const { store } = deps;

  const existing = async (organizationId: string | undefined, id: string): Promise<SsoConnection> => {
    const connection = await store.get(organizationId, id);
    if (connection === undefined) throw notFound();
    return connection;
  };

  return {
    list: (organizationId) => store.list(organizationId),
    get: existing,
    create: async (organizationId, input) => {
      const bare = cleaned({
        ...fromInput(input),
        id: deps.newId('sso'),
        organizationId,
        sealed: undefined,
        createdAt: deps.now(),
        revision: 1,
      });
      const connection = { ...bare, sealed: sealedFor(deps.vault, bare, input.clientSecret) };
      await store.insert(connection);
      return connection;
    },
    update: async (organizationId, at, change) => {
      const before = await existing(organizationId, at.id);
      const after = cleaned(applied(before, change));
      const sealed = resealed(deps.vault, before, after, change.clientSecret);
      const { id: _id, organizationId: _owner, createdAt: _at, revision: _revision, ...fields } = after;
      const columns: SsoChange = { ...fields, sealed };
      if (await store.update(organizationId, at, columns)) return existing(organizationId, at.id);
      await existing(organizationId, at.id);
      throw new GatewayError('resource.conflict', { message: 'Somebody else has changed the connection meanwhile.' });
    },
    remove: async (organizationId, id) => {
      if (!(await store.remove(organizationId, id))) throw notFound();
    },
  };
}

type Entered = Omit<SsoConnection, 'id' | 'organizationId' | 'sealed' | 'createdAt' | 'revision'>;

function fromInput(input: NewSsoConnection): Entered {
  const preset = input.preset === undefined ? undefined : SSO_PRESET_DATA[input.preset];
  const kind = preset?.kind ?? input.kind ?? 'oidc';
  if (input.kind !== undefined && input.kind !== kind) throw invalid('kind', 'The preset is of another kind.');
  return {
    name: input.name,
    kind,
    preset: input.preset,
    issuer: input.issuer ?? preset?.issuer,
    endpoints: input.endpoints ?? preset?.endpoints,
    clientId: input.clientId,
    scopes: input.scopes ?? preset?.scopes ?? ['openid', 'email', 'profile'],
    claims: { ...(preset?.claims ?? STANDARD_CLAIMS), ...input.claims },
    domains: input.domains ?? [],
    groupRoles: input.groupRoles ?? {},
    defaultRole: input.defaultRole,
    joins: input.joins ?? 'none',
    isEnforced: input.isEnforced ?? false,
    state: input.state ?? 'active',
  };
}

function applied(before: SsoConnection, change: SsoConnectionChange): SsoConnection {
  const { clientSecret: _secret, claims, issuer, endpoints, defaultRole, ...rest } = change;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...before,
    // Fields of the connection's own types, without those that were not given.
    ...(given as Partial<SsoConnection>),
    claims: { ...before.claims, ...claims },
    issuer: issuer === undefined ? before.issuer : orUndefined(issuer),
    endpoints: endpoints === undefined ? before.endpoints : orUndefined(endpoints),
    defaultRole: defaultRole === undefined ? before.defaultRole : orUndefined(defaultRole),
  };
}

function orUndefined<T>(value: T | null): T | undefined {
  return value === null ? undefined : value;
}

/** Everything in the one form that is stored. @throws GatewayError `request.invalid` naming the field */
function cleaned(connection: SsoConnection): SsoConnection {
  const { issuer, endpoints, kind } = connection;
  const clean: SsoConnection = {
    ...connection,
    name: readText(connection.name, 'name', NAME_CHARS_MAX),
    clientId: readText(connection.clientId, 'clientId', CLIENT_ID_CHARS_MAX),
    issuer: issuer === undefined ? undefined : readIssuer(issuer),
    endpoints: endpoints === undefined ? undefined : readEndpoints(endpoints),
    scopes: readScopes(connection.scopes),
    claims: readClaims(connection.claims),
    domains: readDomains(connection.domains),
    groupRoles: readGroupRoles(connection.groupRoles),
  };
  if (issuer === undefined && (endpoints === undefined || kind === 'oidc')) {
    throw invalid('issuer', 'OpenID Connect needs the issuer, OAuth 2.0 the issuer or endpoints.');
  }
  if (endpoints !== undefined && kind === 'oidc' && endpoints.jwks === undefined) {
    throw invalid('endpoints.jwks', 'OpenID Connect needs the address of the signing keys.');
  }
  if (endpoints !== undefined && kind === 'oauth2' && endpoints.userInfo === undefined) {
    throw invalid('endpoints.userInfo', 'OAuth 2.0 needs the address that says who somebody is.');
  }
  if (clean.claims.emailVerified.by === 'provider' && isOpenToAnybody(ssoSecretAddress(clean))) {
    throw invalid(
      'claims.emailVerified',
      'Anybody can have an account there, so that a claim has to prove an address.',
    );
  }
  if (clean.isEnforced && clean.domains.length === 0) {
    throw invalid('isEnforced', 'Only a connection with mail domains can be the one way in for their people.');
  }
  return clean;
}

function sealedFor(vault: SsoVault, connection: SsoConnection, secret: string | undefined): string | undefined {
  if (secret === undefined) return undefined;
  return vault.seal(readText(secret, 'clientSecret', SECRET_CHARS_MAX), ssoBinding(connection));
}

function resealed(
  vault: SsoVault,
  before: SsoConnection,
  after: SsoConnection,
  secret: string | null | undefined,
): string | undefined {
  if (secret !== undefined) return sealedFor(vault, after, orUndefined(secret));
  if (before.sealed === undefined || ssoSecretAddress(before) === ssoSecretAddress(after)) return before.sealed;
  throw invalid('clientSecret', 'A secret belongs to the address it was entered for: enter it again.');
}

function readText(text: string, param: string, charsMax: number): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > charsMax || /\p{Cc}/u.test(trimmed) || !trimmed.isWellFormed()) {
    throw invalid(param, `This has 1 to ${charsMax} characters, none of them a control character.`);
  }
  return trimmed;
}

/** As it was entered: providers compare issuers to the letter. */
function readIssuer(text: string): string {
  const issuer = readAddress(text, 'issuer');
  const url = new URL(issuer);
  if (url.search !== '' || issuer.includes('/.well-known/')) {
    throw invalid('issuer', 'The issuer is the address before `/.well-known/openid-configuration`.');
  }
  return issuer;
}

function readEndpoints(endpoints: SsoEndpoints): SsoEndpoints {
  const read = (name: 'userInfo' | 'jwks' | 'endSession'): string | undefined => {
    const address = endpoints[name];
    return address === undefined ? undefined : readAddress(address, `endpoints.${name}`);
  };
  return {
    authorization: readAddress(endpoints.authorization, 'endpoints.authorization'),
    token: readAddress(endpoints.token, 'endpoints.token'),
    userInfo: read('userInfo'),
    jwks: read('jwks'),
    endSession: read('endSession'),
  };
}

function readAddress(text: string, param: string): string {
  const address = readText(text, param, ADDRESS_CHARS_MAX);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackAddress(address));
  if (url === undefined || !isSafe || url.username !== '' || url.password !== '' || url.hash !== '') {
    throw invalid(param, 'This is an https address without user, password or fragment.');
  }
  return address;
}

function readScopes(scopes: readonly string[]): readonly string[] {
  if (scopes.length > SCOPES_MAX || !scopes.every((scope) => SCOPE.test(scope))) {
    throw invalid('scopes', `At most ${SCOPES_MAX} scopes, each without spaces.`);
  }
  return [...new Set(scopes)];
}

function readClaims(claims: SsoClaims): SsoClaims {
  const { emailVerified } = claims;
  const read = (path: string, name: string): string => readText(path, `claims.${name}`, CLAIM_CHARS_MAX);
  return {
    subject: read(claims.subject, 'subject'),
    email: read(claims.email, 'email'),
    emailVerified:
      emailVerified.by === 'claim' ? { by: 'claim', claim: read(emailVerified.claim, 'emailVerified') } : emailVerified,
    name: read(claims.name, 'name'),
    groups: claims.groups === undefined ? undefined : read(claims.groups, 'groups'),
  };
}

function readDomains(domains: readonly string[]): readonly string[] {
  const clean = [...new Set(domains.map((domain) => domain.trim().toLowerCase()))];
  if (clean.length > DOMAINS_MAX || !clean.every((domain) => DOMAIN.test(domain))) {
    throw invalid('domains', `At most ${DOMAINS_MAX} mail domains, such as \`example.com\`.`);
  }
  return clean.toSorted();
}

function readGroupRoles(groupRoles: Readonly<Record<string, Role>>): Readonly<Record<string, Role>> {
  const groups = Object.keys(groupRoles);
  if (groups.length > GROUPS_MAX || !groups.every((group) => group !== '' && group.length <= GROUP_CHARS_MAX)) {
    throw invalid('groupRoles', `At most ${GROUPS_MAX} groups of at most ${GROUP_CHARS_MAX} characters.`);
  }
  return groupRoles;
}

/** Names the field as the body of the call does. */
function invalid(field: string, message: string): GatewayError {
  const param = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return unfit(param, message);
}

function notFound(): GatewayError {
  return new GatewayError('resource.not_found', { message: 'There is no such connection.' });
}
