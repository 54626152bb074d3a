import { describe, expect, it } from 'vitest';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { type Browser, ORIGIN, PASSWORD, type PeoplePlane, startPeoplePlane } from './testing/account-plane.ts';

const [engine] = TEST_ENGINES.filter(({ kind }) => kind === 'sqlite');
if (engine === undefined) throw new Error('there is no embedded store to test on');
const ADA = 'ada@example.com';
const EVE = 'eve@example.com';

const start = (): Promise<PeoplePlane> => startPeoplePlane(engine);
const post = (
  browser: Browser,
  path: string,
  body: object = {},
  headers: Readonly<Record<string, string | undefined>> = {},
) => browser.send(path, { method: 'POST', body, headers });
const tokenOf = ({ cookie = '' }: Browser): string => cookie.slice(cookie.indexOf('=') + 1);

describe('a page of another site', () => {
  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    ['names its own origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['hides its origin', { origin: 'null', 'sec-fetch-site': undefined }],
    ['is of a sibling domain', { origin: 'https://other.example', 'sec-fetch-site': 'same-site' }],
    ['is told by the browser alone', { origin: undefined, 'sec-fetch-site': 'cross-site' }],
    ['has our origin and the browser says otherwise', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    ['has our host on another port', { origin: `${ORIGIN}:444`, 'sec-fetch-site': 'same-site' }],
    ['has our host without TLS', { origin: ORIGIN.replace('https', 'http'), 'sec-fetch-site': 'cross-site' }],
    ['sends neither header', { origin: undefined, 'sec-fetch-site': undefined }],
    ['begins its host with ours', { origin: `${ORIGIN}.evil.example`, 'sec-fetch-site': undefined }],
  ])('changes nothing when it %s', async (_what, headers) => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const answer = await ada.send('/me', { method: 'PATCH', body: { name: 'Mallory' }, headers });
    expect([answer.status, answer.code]).toEqual([403, 'auth.cross_site']);
    expect(JSON.stringify((await ada.send('/me')).body)).not.toContain('Mallory');
  });

  it('signs nobody in to an account of its own', async () => {
    const plane = await start();
    await plane.signedUp(EVE);
    const victim = plane.browser();
    const answer = await post(
      victim,
      '/auth/sign-in',
      { email: EVE, password: PASSWORD },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    );
    expect(answer.code).toBe('auth.cross_site');
    expect(victim.cookie).toBeUndefined();
  });

  it('signs nobody out', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    await post(ada, '/auth/sign-out', {}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    expect((await ada.send('/me')).status).toBe(200);
  });

  it('reads nothing with the person’s cookie', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const answer = await ada.send('/me/export', {
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.code).toBe('auth.cross_site');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'gets nowhere with a form of %s',
    async (type) => {
      const plane = await start();
      const ada = await plane.signedUp(ADA);
      const response = await plane.app.inject({
        method: 'POST',
        url: '/control/v1/me/sessions/end-others',
        headers: { cookie: ada.cookie ?? '', origin: ORIGIN, 'content-type': type },
        payload: '{"a":1}',
      });
      expect(response.statusCode).toBe(400);
    },
  );
});

describe('a session', () => {
  it('that an attacker planted before the sign-in is not the one that counts after it', async () => {
    const plane = await start();
    await plane.signedUp(ADA);
    const planted = `__Host-hub_session=${'A'.repeat(43)}`;
    const ada = plane.browser(planted);
    await post(ada, '/auth/sign-in', { email: ADA, password: PASSWORD });
    expect(ada.cookie).not.toBe(planted);
    expect((await plane.browser(planted).send('/me')).code).toBe('auth.required');
  });

  it('of another person that is sent along beside one’s own counts for nothing', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const eve = await plane.signedUp(EVE);
    expect((await plane.browser(`${eve.cookie}; ${ada.cookie}`).send('/me')).code).toBe('auth.required');
  });

  it('is of no use after the sign-out', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const kept = ada.cookie;
    await post(ada, '/auth/sign-out');
    expect((await plane.browser(kept).send('/me')).code).toBe('auth.required');
  });

  it('is another one after the password changed, and the old token is of no use', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const kept = ada.cookie;
    await post(ada, '/me/password', { current: PASSWORD, password: 'another fine passphrase' });
    expect(ada.cookie).not.toBe(kept);
    expect((await plane.browser(kept).send('/me')).code).toBe('auth.required');
    expect((await ada.send('/me')).status).toBe(200);
  });

  it('ends when the person becomes an operator, or is none any more', async () => {
    const plane = await start();
    const owner = plane.browser();
    await post(owner, '/auth/setup', {
      email: 'first@example.com',
      name: 'First',
      password: PASSWORD,
      token: await plane.people.firstOwnerToken(),
    });
    const ada = await plane.signedUp(ADA);
    const id = String(Object((await ada.send('/me')).body['user']).id);
    await plane.operator(`/users/${id}/operator`, { method: 'PUT', body: { is_operator: true } });
    expect((await ada.send('/me')).code).toBe('auth.required');
    await post(ada, '/auth/sign-in', { email: ADA, password: PASSWORD });
    expect((await ada.send('/users')).status).toBe(200);
    await plane.operator(`/users/${id}/operator`, { method: 'PUT', body: { is_operator: false } });
    expect((await ada.send('/users')).code).toBe('auth.required');
  });

  it.each<[string, (cookie: string) => string]>([
    ['under the name that plain HTTP has', (cookie) => cookie.replace('__Host-hub_session', 'hub_session')],
    ['cut short', (cookie) => cookie.slice(0, -1)],
    ['with something behind it', (cookie) => `${cookie}A`],
    ['of very many characters', () => `__Host-hub_session=${'A'.repeat(7000)}`],
    ['that is empty', () => '__Host-hub_session='],
    ['that is a path', () => '__Host-hub_session=../../etc/passwd'],
  ])('counts for nothing %s', async (_what, change) => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    expect((await plane.browser(change(ada.cookie ?? '')).send('/me')).code).toBe('auth.required');
  });

  it('is no bearer token, and no token of the store is a session', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const bearer = await plane.browser().send('/me', { headers: { authorization: `Bearer ${tokenOf(ada)}` } });
    expect(bearer.code).toBe('auth.required');
    const reset = await post(plane.browser(), '/auth/password/forgot', { email: ADA });
    expect(reset.status).toBe(202);
    const link = plane.lastMail('reset').token ?? '';
    expect((await plane.browser(`__Host-hub_session=${link}`).send('/me')).code).toBe('auth.required');
    // A link for one thing is none for another.
    expect((await post(plane.browser(), '/auth/verify', { token: link })).code).toBe('auth.link_invalid');
    expect(
      (await post(plane.browser(), '/auth/setup', { email: EVE, name: 'Eve', password: PASSWORD, token: link })).code,
    ).toBe('auth.link_invalid');
  });

  it('gives nobody what is the installation’s', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    for (const path of ['/users', '/installation', '/info', '/settings', '/vault']) {
      expect([path, (await ada.send(path)).status]).toEqual([path, 403]);
    }
  });

  it('and sessions of others cannot be ended by a guess', async () => {
    const plane = await start();
    const ada = await plane.signedUp(ADA);
    const eve = await plane.signedUp(EVE);
    const id = String(Object((await ada.send('/me')).body).session_id);
    expect((await eve.send(`/me/sessions/${id}`, { method: 'DELETE' })).code).toBe('resource.not_found');
    expect((await eve.send('/me/sessions/sess_none', { method: 'DELETE' })).code).toBe('resource.not_found');
    expect((await ada.send('/me')).status).toBe(200);
  });
});

describe('who guesses', () => {
  it('gets one answer for a wrong password and for no account', async () => {
    const plane = await start();
    await plane.signedUp(ADA);
    const known = await post(plane.browser(), '/auth/sign-in', { email: ADA, password: 'wrong password' });
    const unknown = await post(plane.browser(), '/auth/sign-in', { email: EVE, password: 'wrong password' });
    const bare = ({ body }: typeof known) => JSON.stringify(body).replace(/req_\w+/, '');
    expect([unknown.status, bare(unknown)]).toEqual([known.status, bare(known)]);
  });

  it.each(['/auth/password/forgot', '/auth/verify/resend'])('gets one answer at %s, whoever it is', async (path) => {
    const plane = await start();
    await plane.signedUp(ADA);
    const known = await post(plane.browser(), path, { email: ADA });
    const unknown = await post(plane.browser(), path, { email: EVE });
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
  });

  it('gets one answer at the sign-up, and the account that is there stays as it is', async () => {
    const plane = await start();
    await plane.operator('/installation', { method: 'PATCH', body: { sign_up: 'open' } });
    const ada = await plane.signedUp(ADA);
    const body = (email: string) => ({ email, name: 'Eve', password: 'a password of eve’s' });
    const known = await post(plane.browser(), '/auth/sign-up', body(ADA));
    const unknown = await post(plane.browser(), '/auth/sign-up', body(EVE));
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    expect(plane.mails.map(({ kind, to }) => [kind, to.email])).toEqual([
      ['exists', ADA],
      ['verify', EVE],
    ]);
    expect(JSON.stringify((await ada.send('/me')).body)).not.toContain('Eve');
    expect((await post(plane.browser(), '/auth/sign-in', { email: ADA, password: body(ADA).password })).code).toBe(
      'auth.sign_in_failed',
    );
  });

  it('is stopped after ten tries, and does not stop the person elsewhere', async () => {
    const plane = await start();
    await plane.signedUp(ADA);
    const guess = () => post(plane.browser(), '/auth/sign-in', { email: ADA, password: 'wrong password' });
    for (let round = 0; round < 10; round += 1) expect((await guess()).code).toBe('auth.sign_in_failed');
    const stopped = await guess();
    expect([stopped.status, stopped.code]).toEqual([429, 'auth.throttled']);
    expect(Number(stopped.headers['retry-after'])).toBeGreaterThan(0);
    plane.clock.nowMs += 15 * 60_000;
    expect((await guess()).code).toBe('auth.sign_in_failed');
    const elsewhere = { email: ADA, password: PASSWORD };
    expect(
      (await plane.people.accounts.signIn(elsewhere, { address: '198.51.100.7', userAgent: undefined })).user.email,
    ).toBe(ADA);
  });

  it('goes through many accounts from one place no further than through one', async () => {
    const plane = await start();
    const codes: unknown[] = [];
    for (let round = 0; round < 61; round += 1) {
      codes.push(
        (await post(plane.browser(), '/auth/sign-in', { email: `p${round}@example.com`, password: 'wrong password' }))
          .code,
      );
    }
    expect(codes.indexOf('auth.throttled')).toBe(60);
  }, 30_000);

  it('has five mails an hour sent to somebody, and no more', async () => {
    const plane = await start();
    await plane.signedUp(ADA);
    for (let round = 0; round < 8; round += 1) {
      expect((await post(plane.browser(), '/auth/password/forgot', { email: ADA })).status).toBe(202);
    }
    expect(plane.mails).toHaveLength(5);
  });

  it.each([
    'not an address',
    'ada@localhost',
    'ada@example.com\r\nBcc: eve@example.com',
    '"ada"@example.com',
    'ada@[127.0.0.1]',
    'ada@exam ple.com',
    `${'a'.repeat(65)}@example.com`,
    'ada@example.com,eve@example.com',
    'ada@example..com',
  ])('gets nothing sent to %j', async (email) => {
    const plane = await start();
    const answer = await post(plane.browser(), '/auth/password/forgot', { email });
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid']);
  });
});

describe('over plain HTTP from another machine', () => {
  it('no password is taken', async () => {
    const plane = await startPeoplePlane(engine, { isSecure: false, address: '203.0.113.5' });
    const answer = await post(plane.browser(), '/auth/sign-in', { email: ADA, password: PASSWORD });
    expect(answer.code).toBe('auth.insecure_transport');
    expect((await plane.browser().send('/auth/options')).body).toMatchObject({ transport: 'insecure' });
  });
});
