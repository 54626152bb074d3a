import { describe, expect, test } from 'vitest';
import type { Role } from '../../protocol/people.ts';
import type { SsoConnection } from '../../protocol/sso.ts';
import { domainOf, mayJoin, provesAddress, requireProvenAddress, roleFor, routeByDomain } from './admission.ts';
import { SSO_PRESET_DATA } from './presets.ts';
import { connectionTo } from './testing/scene.ts';

describe('the role of who signs in', () => {
  const groupRoles: Record<string, Role> = {
    staff: 'viewer',
    engineers: 'developer',
    board: 'owner',
    books: 'billing',
  };
  test.each<[readonly string[], Role | undefined, Role | undefined]>([
    [[], undefined, undefined],
    [[], 'viewer', 'viewer'],
    [['unknown'], undefined, undefined],
    [['unknown'], 'developer', 'developer'],
    [['staff'], 'developer', 'viewer'],
    [['staff', 'engineers'], undefined, 'developer'],
    [['engineers', 'books'], undefined, 'billing'],
    [['engineers', 'board', 'staff'], 'viewer', 'owner'],
    [['Board'], undefined, undefined],
    [['constructor', '__proto__', 'toString'], undefined, undefined],
  ])('in the groups %j, by default %s, is %s', (groups, defaultRole, role) => {
    expect(roleFor({ groups }, { groupRoles, defaultRole })).toBe(role);
  });
});

describe('the way in for a mail address', () => {
  const offered = connectionTo('https://a.example', { id: 'sso_a', domains: ['a.example'] });
  const enforced = connectionTo('https://b.example', { id: 'sso_b', domains: ['b.example'], isEnforced: true });
  const off: SsoConnection = { ...enforced, id: 'sso_off', domains: ['off.example'], state: 'disabled' };
  const rival: SsoConnection = { ...offered, id: 'sso_rival', domains: ['b.example'] };
  test.each<[string, string | undefined, boolean]>([
    ['me@a.example', 'sso_a', false],
    ['ME@A.EXAMPLE', 'sso_a', false],
    ['me@b.example', 'sso_b', true],
    ['me@off.example', undefined, false],
    ['me@mail.a.example', undefined, false],
    ['me@xa.example', undefined, false],
    ['b.example', undefined, false],
    ['@b.example', undefined, false],
    ['me@a.example@b.example', 'sso_b', true],
    ['', undefined, false],
  ])('%s is %s', (email, id, isEnforced) => {
    const route = routeByDomain(email, [rival, offered, enforced, off]);
    expect([route?.connection.id, route?.isEnforced ?? false]).toEqual([id, isEnforced]);
  });
});

describe('a proven address', () => {
  const everybodys = { organizationId: undefined, domains: [] };
  const own = { organizationId: 'org_1', domains: ['a.example'] };
  test.each([
    ['of the installation’s connection', 'me@x.example', true, everybodys, true],
    ['of the installation’s, unverified', 'me@x.example', false, everybodys, false],
    ['in the organization’s own domain', 'me@A.example', true, own, true],
    ['in the organization’s own domain, unverified', 'me@a.example', false, own, false],
    ['in somebody else’s domain', 'ceo@b.example', true, own, false],
    ['in a part of its own domain', 'me@mail.a.example', true, own, false],
    ['that is none', undefined, true, everybodys, false],
  ])('%s', (_name, email, emailVerified, connection, isProven) => {
    const profile = { email, emailVerified };
    expect(provesAddress(profile, connection)).toBe(isProven);
    const require = () => requireProvenAddress(profile, connection);
    if (isProven) expect(require()).toBe(email);
    else expect(require).toThrow(expect.objectContaining({ code: 'sso.email_unverified' }));
  });
});

describe('who signs in for the first time', () => {
  const own = connectionTo('https://login.example.com', { joins: 'just_in_time', domains: ['a.example'] });
  const google = { ...own, issuer: SSO_PRESET_DATA.google.issuer };
  const github = { ...own, issuer: undefined, endpoints: SSO_PRESET_DATA.github.endpoints };
  const everyTenant = { ...own, issuer: 'https://LOGIN.microsoftonline.com/common/v2.0/' };
  const inside = { email: 'me@a.example', emailVerified: true };
  const outside = { email: 'me@b.example', emailVerified: true };
  const claimed = { email: 'me@a.example', emailVerified: false };
  test.each([
    ['joins by the organization’s own provider', outside, own, true],
    ['joins nothing where only the invited do', inside, { ...own, joins: 'none' as const }, false],
    ['joins nothing by the installation’s connection', inside, { ...own, organizationId: undefined }, false],
    ['joins from the domain, by Google', inside, google, true],
    ['does not join from elsewhere, by Google', outside, google, false],
    ['does not join by an unproven address, by Google', claimed, google, false],
    ['joins from the domain, by GitHub', inside, github, true],
    ['does not join from elsewhere, by GitHub', outside, github, false],
    ['does not join from elsewhere, by any tenant of Microsoft', outside, everyTenant, false],
    ['does not join by an unproven address, by any tenant of Microsoft', claimed, everyTenant, false],
  ])('%s', (_name, profile, connection, joins) => {
    expect(mayJoin(profile, connection)).toBe(joins);
  });
});

test.each([
  ['a@b.example', 'b.example'],
  ['a@B.Example', 'b.example'],
  ['a@', undefined],
  ['@b', undefined],
  ['b', undefined],
])('the domain of %j is %s', (email, domain) => {
  expect(domainOf(email)).toBe(domain);
});
