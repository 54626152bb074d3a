import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel/json.ts';
import { type SsoAddressProof, type SsoConnection, type SsoProfile, ssoSecretAddress } from '../../protocol/sso.ts';
import { domainOf } from './admission.ts';
import { isOpenToAnybody, SSO_PRESET_DATA, type SsoQuirks } from './presets.ts';

/** https://openid.net/specs/openid-connect-core-1_0.html#IDToken: at most 255 ASCII characters. */
const SUBJECT_CHARS_MAX = 255;
/** https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1: a path has 256 octets, two of them brackets. */
const EMAIL_CHARS_MAX = 254;
const NAME_CHARS_MAX = 200;
const GROUP_CHARS_MAX = 256;
/** More than any provider puts into a token; what a person is in besides is not looked at. */
const GROUPS_MAX = 1000;
const PATH_PARTS_MAX = 8;
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;

/** One address of a provider's list of them. */
export type ListedAddress = { readonly email: string; readonly isVerified: boolean };

/** What a provider said of a person, the most trusted first: the claims of the ID token, then the user-info answer. */
export type SsoFacts = {
  readonly documents: readonly JsonObject[];
  /** The primary address of the list, where the provider has one. */
  readonly listed: ListedAddress | undefined;
  /** Who the provider says it is; `undefined` without OpenID Connect. */
  readonly issuer: string | undefined;
  /** Who issued the token: another one where the provider speaks for many, as Microsoft does for its tenants. */
  readonly tokenIssuer: string | undefined;
  readonly idToken: string | undefined;
};

/** The value that a name, or names with dots between them, stand for; a name that itself has dots comes first. */
export function claimAt(document: JsonObject, path: string): JsonValue | undefined {
  const whole = own(document, path);
  if (whole !== undefined) return whole;
  const parts = path.split('.');
  if (parts.length > PATH_PARTS_MAX) return undefined;
  let value: JsonValue | undefined = document;
  for (const part of parts) value = isJsonObject(value) ? own(value, part) : undefined;
  return value;
}

/** Whether the ID token alone says all that is mapped, so that nobody need be asked for the rest. */
export function saysEverything(claims: JsonObject, connection: Pick<SsoConnection, 'claims'>): boolean {
  const { email, emailVerified, name, groups } = connection.claims;
  const paths = [email, name, groups, emailVerified.by === 'claim' ? emailVerified.claim : undefined];
  return paths.every((path) => path === undefined || claimAt(claims, path) !== undefined);
}

/** What was said → profile; `undefined` when nothing in it says who the person is. */
export function readProfile(facts: SsoFacts, connection: SsoConnection): SsoProfile | undefined {
  const { claims } = connection;
  const subject = textOf(first(facts.documents, claims.subject)?.value, SUBJECT_CHARS_MAX);
  if (subject === undefined) return undefined;
  const { email, emailVerified } = readAddress(facts, connection);
  return {
    connectionId: connection.id,
    subject: withIssuer(subject, facts),
    email,
    emailVerified,
    name: readName(first(facts.documents, claims.name)?.value),
    groups: claims.groups === undefined ? [] : readGroups(first(facts.documents, claims.groups)?.value),
    idToken: facts.idToken,
  };
}

/** A subject is one person's within its issuer: https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability */
function withIssuer(subject: string, { issuer, tokenIssuer }: SsoFacts): string {
  return tokenIssuer === undefined || tokenIssuer === issuer ? subject : `${tokenIssuer} ${subject}`;
}

function readAddress(facts: SsoFacts, connection: SsoConnection): Pick<SsoProfile, 'email' | 'emailVerified'> {
  const quirks: SsoQuirks = connection.preset === undefined ? {} : SSO_PRESET_DATA[connection.preset].quirks;
  if (quirks.listsAddresses === true) {
    const email = cleanEmail(facts.listed?.email);
    return { email, emailVerified: email !== undefined && facts.listed?.isVerified === true };
  }
  const found = first(facts.documents, connection.claims.email);
  const email = cleanEmail(found?.value);
  if (found === undefined || email === undefined) return { email: undefined, emailVerified: false };
  // The proof must stand beside the address that it is about: two documents may speak of two addresses.
  const isShared = isSharedIssuer(facts, connection);
  const isProven =
    isVerified(found.document, connection.claims.emailVerified, isShared) ||
    (quirks.oneTenantProvesAddresses === true && !isShared);
  return { email, emailVerified: isProven && isAuthority(found.document, email, quirks) };
}

/** Whether people of more than one organization are behind what was said. */
function isSharedIssuer(facts: SsoFacts, connection: SsoConnection): boolean {
  const { issuer } = facts;
  return isOpenToAnybody(ssoSecretAddress(connection)) || (issuer !== undefined && isOpenOrTemplate(issuer));
}

function isOpenOrTemplate(issuer: string): boolean {
  return issuer.includes('{') || isOpenToAnybody(issuer);
}

function isVerified(document: JsonObject, proof: SsoAddressProof, isShared: boolean): boolean {
  switch (proof.by) {
    case 'claim': {
      // Microsoft writes xms_edov as a number, some providers write text.
      const value = claimAt(document, proof.claim);
      return value === true || value === 1 || value === 'true' || value === '1';
    }
    case 'provider':
      return !isShared;
    case 'nobody':
      return false;
  }
}

function isAuthority(document: JsonObject, email: string, { provesOnly }: SsoQuirks): boolean {
  if (provesOnly === undefined) return true;
  const domain = domainOf(email);
  const isOwn = domain !== undefined && provesOnly.domains.includes(domain);
  return isOwn || typeof claimAt(document, provesOnly.orWithClaim) === 'string';
}

function first(
  documents: readonly JsonObject[],
  path: string,
): { readonly document: JsonObject; readonly value: JsonValue } | undefined {
  for (const document of documents) {
    const value = claimAt(document, path);
    if (value !== undefined && value !== null) return { document, value };
  }
  return undefined;
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Text, or the whole number that GitHub gives as an id. What is too long is not cut: two could become one. */
function textOf(value: JsonValue | undefined, charsMax: number): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= charsMax ? text : undefined;
}

function cleanEmail(value: JsonValue | undefined): string | undefined {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return text.length <= EMAIL_CHARS_MAX && EMAIL.test(text) ? text : undefined;
}

function readName(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, NAME_CHARS_MAX);
  return name === '' ? undefined : name;
}

function readGroups(value: JsonValue | undefined): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  const names = list.flatMap((each) => textOf(each, GROUP_CHARS_MAX) ?? []);
  return [...new Set(names)].slice(0, GROUPS_MAX);
}
