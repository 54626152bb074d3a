import { describe, expect, it } from 'vitest';
import { unwrapKey } from '../identity/key-handover.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { TEST_ENGINES } from '../storage/testing/stores.ts';
import { type Answer, PASSWORD, type PeoplePlane, startPeoplePlane } from './testing/account-plane.ts';

const SESSION = '/.well-known/service/api/access-key/session';

/** Called as the command line does: no cookie, no origin. */
async function call(plane: PeoplePlane, method: 'GET' | 'POST' | 'DELETE', query = '') {
  const response = await plane.app.inject({ method, url: `${SESSION}${query}` });
  return { status: response.statusCode, body: response.json() };
}

async function owner(plane: PeoplePlane) {
  const browser = plane.browser();
  const token = await plane.people.firstOwnerToken();
  const body = { email: 'ada@example.com', name: 'Ada', password: PASSWORD, token };
  expect((await browser.send('/auth/setup', { method: 'POST', body })).status).toBe(201);
  return browser;
}

describe.each(TEST_ENGINES.map((engine) => [engine.kind, engine] as const))(
  'a command line, in %s',
  (_kind, engine) => {
    describe.skipIf(engine.skip !== undefined)('here', () => {
      it('gets a key of the person who says yes, once', async () => {
        const plane = await startPeoplePlane(engine);
        const ada = await owner(plane);
        const { body: begun } = await call(plane, 'POST');
        expect(begun).toMatchObject({ id: expect.any(String), challenge: expect.any(String), accessKeySecret: null });
        const sid = `?sid=${begun.id}`;
        expect((await call(plane, 'GET', sid)).body).toMatchObject({ accessKeyId: null, accessKeySecret: null });
        const approve = (): Promise<Answer> =>
          ada.send('/connect/approve', { method: 'POST', body: { session: begun.id } });
        expect((await approve()).status).toBe(200);
        const { body: given } = await call(plane, 'GET', sid);
        const secret = unwrapKey(given.accessKeySecret, { challenge: begun.challenge, keyId: given.accessKeyId });
        expect(secret).toMatch(/^sk-hub-[0-9A-Za-z]{38}$/);
        const [key] = await plane.store.keys.list(DEFAULT_TENANT);
        const [member] = await plane.store.access.membershipsOf(String(Object((await ada.send('/me')).body).user.id));
        expect(key).toMatchObject({ id: given.accessKeyId, memberId: member?.member.id, enabled: true });
        expect((await approve()).code).toBe('auth.link_invalid');
        expect((await call(plane, 'DELETE', sid)).status).toBe(200);
        expect((await call(plane, 'GET', sid)).status).toBe(404);
        expect(await plane.store.keys.list(DEFAULT_TENANT)).toHaveLength(1);
      });

      it('gets nothing without a yes, from nobody who may not make keys, and not after a while', async () => {
        const plane = await startPeoplePlane(engine);
        await owner(plane);
        const { body: begun } = await call(plane, 'POST');
        const body = { session: begun.id };
        const stranger = await plane.signedUp('eve@example.com');
        expect((await stranger.send('/connect/approve', { method: 'POST', body })).code).toBe('resource.not_found');
        expect((await plane.operator('/connect/approve', { method: 'POST', body })).code).toBe('access.denied');
        expect((await plane.browser().send('/connect/approve', { method: 'POST', body })).code).toBe('auth.required');
        plane.clock.nowMs += 15 * 60_000 + 1;
        expect((await call(plane, 'GET', `?sid=${begun.id}`)).status).toBe(404);
        const ada = plane.browser();
        await ada.send('/auth/sign-in', { method: 'POST', body: { email: 'ada@example.com', password: PASSWORD } });
        expect((await ada.send('/connect/approve', { method: 'POST', body })).code).toBe('auth.link_invalid');
        expect(await plane.store.keys.list(DEFAULT_TENANT)).toEqual([]);
      });

      it('cannot be guessed, and cannot begin sessions without end', async () => {
        const plane = await startPeoplePlane(engine);
        for (const sid of ['x', 'A'.repeat(43), '../../x', '%00']) {
          expect((await call(plane, 'GET', `?sid=${sid}`)).status).toBe(404);
        }
        const statuses: number[] = [];
        for (let round = 0; round < 31; round += 1) statuses.push((await call(plane, 'POST')).status);
        expect(statuses.indexOf(429)).toBe(30);
      });
    });
  },
);
