import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { type Browser, PASSWORD, type PeoplePlane, startPeoplePlane } from './testing/account-plane.ts';

const ADA = { email: 'ada@example.com', name: 'Ada', password: PASSWORD, locale: 'en' };
const DAY_MS = 86_400_000;

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))('people, in %s', (_kind, engine) => {
  describe.skipIf(engine.skip !== undefined)('here', () => {
    const start = (more?: Parameters<typeof startPeoplePlane>[1]) => startPeoplePlane(engine, more);
    const opened = async (policy: object, more?: Parameters<typeof startPeoplePlane>[1]): Promise<PeoplePlane> => {
      const plane = await start(more);
      expect((await plane.operator('/installation', { method: 'PATCH', body: policy })).status).toBe(200);
      return plane;
    };
    const post = (browser: Browser, path: string, body: object = {}) => browser.send(path, { method: 'POST', body });

    it('begin with the first owner, by the console’s token, once', async () => {
      const plane = await start();
      expect((await plane.browser().send('/auth/options')).body).toMatchObject({ needs_setup: true, transport: 'tls' });
      const token = await plane.people.firstOwnerToken();
      const browser = plane.browser();
      expect((await post(browser, '/auth/setup', { ...ADA, token: 'wrong' })).code).toBe('auth.link_invalid');
      const made = await post(browser, '/auth/setup', { ...ADA, token });
      expect(made.body['user']).toMatchObject({ email: ADA.email, is_operator: true, email_verified: true });
      expect((await browser.send('/me')).body['organizations']).toMatchObject([
        { id: DEFAULT_TENANT.organizationId, role: 'owner' },
      ]);
      expect((await browser.send('/installation')).status).toBe(200);
      const again = await post(plane.browser(), '/auth/setup', { ...ADA, email: 'eve@example.com', token });
      expect(again.code).toBe('auth.link_invalid');
      expect(await plane.people.firstOwnerToken()).toBeUndefined();
    });

    it('sign up, prove their address and get an organization of their own', async () => {
      const plane = await opened({ sign_up: 'open', sign_up_joins: 'personal' });
      const browser = plane.browser();
      expect((await post(browser, '/auth/sign-up', ADA)).status).toBe(202);
      expect((await post(browser, '/auth/sign-in', ADA_SIGN_IN)).code).toBe('auth.address_unverified');
      const { token } = plane.lastMail('verify');
      expect((await post(browser, '/auth/verify', { token })).body).toEqual({ state: 'active' });
      expect((await post(browser, '/auth/verify', { token })).code).toBe('auth.link_invalid');
      const begun = await post(browser, '/auth/sign-in', ADA_SIGN_IN);
      expect(begun.status).toBe(200);
      expect(begun.cookies[0]).toMatch(
        /^__Host-hub_session=\S+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=\d+$/,
      );
      expect(JSON.stringify(begun.body)).not.toContain(browser.cookie?.split('=')[1]);
      expect((await browser.send('/me')).body['organizations']).toMatchObject([{ name: 'Ada', role: 'owner' }]);
    });

    it('may sign up from mail domains that the operator names, or wait for approval, or not at all', async () => {
      const plane = await opened({ sign_up: 'domain', sign_up_domains: ['Example.com'] });
      const sign = (email: string) => post(plane.browser(), '/auth/sign-up', { ...ADA, email });
      expect((await sign('ada@example.com')).status).toBe(202);
      expect((await sign('eve@evil.example')).code).toBe('auth.sign_up_closed');
      expect((await sign('eve@sub.example.com')).code).toBe('auth.sign_up_closed');
      await plane.operator('/installation', { method: 'PATCH', body: { sign_up: 'invitation' } });
      expect((await sign('bob@example.com')).code).toBe('auth.sign_up_closed');
      await plane.operator('/installation', { method: 'PATCH', body: { sign_up: 'approval' } });
      expect((await sign('bob@example.com')).status).toBe(202);
      const bob = plane.browser();
      expect((await post(bob, '/auth/verify', { token: plane.lastMail('verify').token })).body).toEqual({
        state: 'awaiting_approval',
      });
      const signIn = { email: 'bob@example.com', password: PASSWORD };
      expect((await post(bob, '/auth/sign-in', signIn)).code).toBe('auth.awaiting_approval');
      const [waiting] = await waitingPeople(plane);
      await plane.operator(`/users/${waiting}/approve`, { method: 'POST' });
      expect(plane.lastMail('approved').to.email).toBe('bob@example.com');
      expect((await post(bob, '/auth/sign-in', signIn)).status).toBe(200);
      expect((await bob.send('/me')).body['organizations']).toMatchObject([
        { id: DEFAULT_TENANT.organizationId, role: 'viewer' },
      ]);
    });

    it('set a new password by a link, which ends every session', async () => {
      const plane = await start();
      const ada = await plane.signedUp(ADA.email);
      const browser = plane.browser();
      expect((await post(browser, '/auth/password/forgot', { email: ' ADA@example.com ' })).status).toBe(202);
      const { token } = plane.lastMail('reset');
      const weak = await post(browser, '/auth/password/reset', { token, password: 'short' });
      expect(weak.body['error']).toMatchObject({ code: 'request.invalid', param: 'password' });
      const next = 'another fine passphrase';
      expect((await post(browser, '/auth/password/reset', { token, password: next })).status).toBe(200);
      expect((await post(browser, '/auth/password/reset', { token, password: next })).code).toBe('auth.link_invalid');
      expect((await ada.send('/me')).code).toBe('auth.required');
      expect((await post(browser, '/auth/sign-in', ADA_SIGN_IN)).code).toBe('auth.sign_in_failed');
      expect((await post(browser, '/auth/sign-in', { email: ADA.email, password: next })).status).toBe(200);
      expect(plane.lastMail('changed').to.email).toBe(ADA.email);
    });

    it('get another link that ends the one before, until it is too old', async () => {
      const plane = await start();
      await plane.signedUp(ADA.email);
      const ask = () => post(plane.browser(), '/auth/password/forgot', { email: ADA.email });
      await ask();
      const first = plane.lastMail('reset').token;
      await ask();
      const second = plane.lastMail('reset').token;
      const use = (token: string | undefined) =>
        post(plane.browser(), '/auth/password/reset', { token, password: 'another fine passphrase' });
      expect((await use(first)).code).toBe('auth.link_invalid');
      plane.clock.nowMs += 3_600_001;
      expect((await use(second)).code).toBe('auth.link_invalid');
    });

    it('see where they are signed in, and end sessions there', async () => {
      const plane = await start();
      const here = await plane.signedUp(ADA.email);
      const there = plane.browser();
      await post(there, '/auth/sign-in', ADA_SIGN_IN);
      expect((await here.send('/me')).body['user']).toMatchObject({
        last_seen_at: new Date(plane.clock.nowMs).toISOString(),
      });
      const sessions = await list(here, '/me/sessions');
      expect(new Set(sessions.map((session) => session['is_this']))).toEqual(new Set([false, true]));
      const other = sessions.find((session) => session['is_this'] === false);
      expect((await here.send(`/me/sessions/${String(other?.['id'])}`, { method: 'DELETE' })).status).toBe(200);
      expect((await there.send('/me')).code).toBe('auth.required');
      expect((await here.send('/me')).status).toBe(200);
      expect((await post(here, '/auth/sign-out')).status).toBe(200);
      expect(here.cookie).toBeUndefined();
    });

    it('are asked to sign in again after three days without a visit, and after two weeks in any case', async () => {
      const plane = await start();
      const idle = await plane.signedUp(ADA.email);
      plane.clock.nowMs += 3 * DAY_MS + 1;
      expect((await idle.send('/me')).code).toBe('auth.required');
      const busy = plane.browser();
      await post(busy, '/auth/sign-in', ADA_SIGN_IN);
      for (let day = 1; day < 14; day += 1) {
        plane.clock.nowMs += DAY_MS;
        expect([day, (await busy.send('/me')).status]).toEqual([day, 200]);
      }
      plane.clock.nowMs += DAY_MS;
      expect((await busy.send('/me')).code).toBe('auth.required');
    });

    it('that are suspended are out at once, and in again when they are let', async () => {
      const plane = await start();
      const ada = await plane.signedUp(ADA.email);
      const id = await idOf(ada);
      await plane.operator(`/users/${id}/suspend`, { method: 'POST', body: { reason: 'on leave' } });
      expect((await ada.send('/me')).code).toBe('auth.required');
      const wrong = { email: ADA.email, password: 'not the password at all' };
      expect((await post(plane.browser(), '/auth/sign-in', wrong)).code).toBe('auth.sign_in_failed');
      expect((await post(plane.browser(), '/auth/sign-in', ADA_SIGN_IN)).code).toBe('auth.account_ended');
      expect((await plane.operator(`/users/${id}`)).body).toMatchObject({
        state: 'suspended',
        state_reason: 'on leave',
      });
      await plane.operator(`/users/${id}/reactivate`, { method: 'POST' });
      expect((await post(plane.browser(), '/auth/sign-in', ADA_SIGN_IN)).status).toBe(200);
    });

    it('close their account and can be erased: what says who they were is gone', async () => {
      const plane = await opened({ sign_up: 'open', sign_up_joins: 'personal' });
      await post(plane.browser(), '/auth/sign-up', ADA);
      await post(plane.browser(), '/auth/verify', { token: plane.lastMail('verify').token });
      const ada = plane.browser();
      await post(ada, '/auth/sign-in', ADA_SIGN_IN);
      const id = await idOf(ada);
      const exported = await ada.send('/me/export');
      expect(exported.body).toMatchObject({
        person: { email: ADA.email },
        memberships: [{ role: 'owner' }],
        sessions: [{ user_agent: 'Test Browser' }],
      });
      expect(JSON.stringify(exported.body)).not.toContain('argon2');
      expect((await plane.operator(`/users/${id}/erase`, { method: 'POST' })).code).toBe('resource.conflict');
      expect((await post(ada, '/me/close', { password: 'wrong password here' })).code).toBe('auth.sign_in_failed');
      expect((await post(ada, '/me/close', { password: PASSWORD })).status).toBe(200);
      expect((await plane.operator(`/users/${id}/erase`, { method: 'POST' })).status).toBe(200);
      const erased = await plane.operator(`/users/${id}`);
      expect(erased.body).toMatchObject({ id, state: 'erased' });
      expect(JSON.stringify(erased.body)).not.toMatch(/ada/i);
      expect(JSON.stringify((await plane.operator(`/users?search=ada`)).body['data'])).toBe('[]');
      // The address is free for somebody else.
      expect((await post(plane.browser(), '/auth/sign-up', ADA)).status).toBe(202);
      expect(plane.mails.at(-1)?.kind).toBe('verify');
    });

    it('cannot leave an organization without an owner, nor the hub without an operator', async () => {
      const plane = await start();
      const token = await plane.people.firstOwnerToken();
      const ada = plane.browser();
      await post(ada, '/auth/setup', { ...ADA, token });
      const refused = await post(ada, '/me/close', { password: PASSWORD });
      expect(refused.code).toBe('resource.conflict');
      const id = await idOf(ada);
      const demoted = await ada.send(`/users/${id}/operator`, { method: 'PUT', body: { is_operator: false } });
      expect(demoted.code).toBe('resource.conflict');
    });

    it('of a domain that signs in elsewhere get in by no password', async () => {
      const plane = await start({ domains: { isEnforcedFor: async (email) => email.endsWith('@example.com') } });
      await plane.signedUp(ADA.email);
      expect((await post(plane.browser(), '/auth/sign-in', ADA_SIGN_IN)).code).toBe('auth.single_sign_on_required');
      await post(plane.browser(), '/auth/password/forgot', { email: ADA.email });
      expect(plane.mails).toEqual([]);
    });

    it('are listed by the time they came, in pages', async () => {
      const plane = await start();
      for (const name of ['a', 'b', 'c']) {
        plane.clock.nowMs += 1000;
        await plane.signedUp(`${name}@example.com`);
      }
      const first = await plane.operator('/users?limit=2');
      expect(emails(first.body['data'])).toEqual(['a@example.com', 'b@example.com']);
      const [, last] = rowsOf(first.body['data']);
      expect(first.body['next_cursor']).toBe(last?.['id']);
      const second = await plane.operator(`/users?limit=2&cursor=${String(last?.['id'])}`);
      expect(emails(second.body['data'])).toEqual(['c@example.com']);
      expect(second.body['next_cursor']).toBeUndefined();
      expect(emails((await plane.operator('/users?search=%25')).body['data'])).toEqual([]);
    });
  });
});

const ADA_SIGN_IN = { email: ADA.email, password: PASSWORD };

type Row = Readonly<Record<string, unknown>>;

function rowsOf(data: unknown): readonly Row[] {
  return Array.isArray(data) ? data.filter((row): row is Row => typeof row === 'object' && row !== null) : [];
}

async function list(browser: Browser, path: string): Promise<readonly Row[]> {
  return rowsOf((await browser.send(path)).body['data']);
}

function emails(data: unknown): readonly unknown[] {
  return rowsOf(data).map((row) => row['email']);
}

async function idOf(browser: Browser): Promise<string> {
  const user = (await browser.send('/me')).body['user'];
  return String(rowsOf([user])[0]?.['id']);
}

async function waitingPeople(plane: PeoplePlane): Promise<readonly string[]> {
  return rowsOf((await plane.operator('/users?state=awaiting_approval')).body['data']).map((row) => String(row['id']));
}
