import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { claimAt, readProfile, type SsoFacts } from './claims.ts';
import { SSO_PRESET_DATA } from './presets.ts';
import { connectionTo } from './testing/scene.ts';

const ISSUER = 'https://login.example.com';
const TENANT = 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0';
const EVERY_TENANT = 'https://login.microsoftonline.com/organizations/v2.0';

describe('a claim', () => {
  const document: JsonObject = {
    groups: ['a'],
    realm_access: { roles: ['b'] },
    'https://example.com/groups': ['c'],
    'a.b': 'whole',
    a: { b: 'parts' },
  };
  test.each([
    ['groups', ['a']],
    ['realm_access.roles', ['b']],
    ['https://example.com/groups', ['c']],
    ['a.b', 'whole'],
    ['groups.0', undefined],
    ['a.b.c', undefined],
    ['none', undefined],
    ['constructor', undefined],
    ['realm_access.constructor.name', undefined],
    ['__proto__', undefined],
  ])('%s is %j', (path, value) => {
    expect(claimAt(document, path)).toEqual(value);
  });
});

describe('whose address it is', () => {
  const hand = connectionTo(ISSUER);
  const google = ofPreset('google');
  const microsoft = ofPreset('microsoft');
  const vouched: SsoConnection = { ...hand, claims: { ...hand.claims, emailVerified: { by: 'provider' } } };
  const rows: readonly (readonly [string, SsoConnection, JsonObject, string | undefined, boolean])[] = [
    ['the standard claim says so', hand, { email: 'a@x.example', email_verified: true }, ISSUER, true],
    ['it says so in text', hand, { email: 'a@x.example', email_verified: 'true' }, ISSUER, true],
    ['it says no', hand, { email: 'a@x.example', email_verified: false }, ISSUER, false],
    ['it says no in text', hand, { email: 'a@x.example', email_verified: 'false' }, ISSUER, false],
    ['it says something else', hand, { email: 'a@x.example', email_verified: {} }, ISSUER, false],
    ['it says nothing', hand, { email: 'a@x.example' }, ISSUER, false],
    ['the customer’s own provider answers for all', vouched, { email: 'a@x.example' }, ISSUER, true],
    [
      'one for anybody is trusted for all by mistake',
      { ...vouched, issuer: EVERY_TENANT },
      { email: 'a@x.example' },
      TENANT,
      false,
    ],
    [
      'nobody answers',
      { ...hand, claims: { ...hand.claims, emailVerified: { by: 'nobody' } } },
      { email: 'a@x.example', email_verified: true },
      ISSUER,
      false,
    ],
    ['Google runs the mailbox', google, { email: 'a@gmail.com', email_verified: true }, undefined, true],
    [
      'Google hosts the domain',
      google,
      { email: 'a@x.example', email_verified: true, hd: 'x.example' },
      undefined,
      true,
    ],
    ['Google verified it once', google, { email: 'a@x.example', email_verified: true }, undefined, false],
    [
      'Google did not verify it',
      google,
      { email: 'a@x.example', email_verified: false, hd: 'x.example' },
      undefined,
      false,
    ],
    ['any tenant of Microsoft wrote it', microsoft, { email: 'ceo@x.example' }, '{tenantid}', false],
    [
      'any tenant claims the standard’s word',
      microsoft,
      { email: 'ceo@x.example', email_verified: true },
      '{tenantid}',
      false,
    ],
    ['Microsoft verified the domain’s owner', microsoft, { email: 'a@x.example', xms_edov: true }, '{tenantid}', true],
    ['Microsoft writes it as a number', microsoft, { email: 'a@x.example', xms_edov: 1 }, '{tenantid}', true],
    ['Microsoft did not', microsoft, { email: 'a@x.example', xms_edov: false }, '{tenantid}', false],
    ['the tenant is the customer’s own', { ...microsoft, issuer: TENANT }, { email: 'a@x.example' }, TENANT, true],
    [
      'the tenant is named, and the document is for all of them',
      { ...microsoft, issuer: TENANT },
      { email: 'a@x.example' },
      'https://login.microsoftonline.com/{tenantid}/v2.0',
      false,
    ],
  ];
  test.each(rows)('%s', (_name, connection, claims, issuer, isVerified) => {
    const profile = read([{ sub: 'x', ...claims }], connection, { issuer });
    expect(profile).toMatchObject({ email: claims['email'], emailVerified: isVerified });
  });

  test('is not proven by a word about another address', () => {
    const documents = [
      { sub: 'x', email: 'ceo@x.example' },
      { sub: 'x', email: 'me@y.example', email_verified: true },
    ];
    expect(read(documents, hand)).toMatchObject({ email: 'ceo@x.example', emailVerified: false });
  });
});

describe('a profile', () => {
  const connection = connectionTo(ISSUER);

  test('takes each fact from the token first, then from what was asked', () => {
    const documents = [
      { sub: 'x', name: 'Token', groups: null },
      { sub: 'x', name: 'Asked', groups: ['a', 'a', 7, {}, ''], email: ' Me@X.Example ' },
    ];
    expect(read(documents, connection)).toEqual({
      connectionId: 'sso_1',
      subject: 'x',
      email: 'me@x.example',
      emailVerified: false,
      name: 'Token',
      groups: ['a', '7'],
      idToken: 'ey',
    });
  });

  test.each([[undefined], [null], [''], [1.5], [{}], [true], ['x'.repeat(256)]])(
    'is none where the subject is %j',
    (subject) => {
      expect(read([{ sub: subject }], connection)).toBeUndefined();
    },
  );

  test.each([
    ['no address', 'me'],
    ['two addresses', 'a@b@c'],
    ['spaces', 'a b@c.example'],
    ['a line break', 'a@c.example\nBcc: x'],
    ['no text', 7],
    ['no end', `${'a'.repeat(250)}@c.example`],
  ])('has no address where it is %s', (_name, email) => {
    expect(read([{ sub: 'x', email, email_verified: true }], connection)).toMatchObject({
      email: undefined,
      emailVerified: false,
    });
  });

  test('keeps names and groups within bounds', () => {
    const profile = read(
      [
        {
          sub: 'x',
          name: `a\u0000b${'c'.repeat(500)}`,
          groups: Array.from({ length: 5000 }, (_, index) => `g${index}`),
        },
      ],
      connection,
    );
    expect(profile?.name).toHaveLength(200);
    expect(profile?.name).toMatch(/^a b/);
    expect(profile?.groups).toHaveLength(1000);
    expect(read([{ sub: 'x', groups: 'one' }], connection)?.groups).toEqual(['one']);
  });

  test('knows no groups where none are mapped', () => {
    const unmapped = { ...connection, claims: { ...connection.claims, groups: undefined } };
    expect(read([{ sub: 'x', groups: ['admins'] }], unmapped)?.groups).toEqual([]);
  });
});

function read(documents: readonly JsonObject[], connection: SsoConnection, facts: Partial<SsoFacts> = {}) {
  return readProfile(
    { documents, listed: undefined, issuer: ISSUER, tokenIssuer: undefined, idToken: 'ey', ...facts },
    connection,
  );
}

function ofPreset(preset: 'google' | 'microsoft'): SsoConnection {
  const { issuer, claims } = SSO_PRESET_DATA[preset];
  return connectionTo(issuer, { preset, claims });
}
