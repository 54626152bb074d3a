import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ARK_TOKENS, FILMS } from '../support/fake-upstream/media-videos.ts';
import {
  account,
  ask,
  creations,
  expectAddedUp,
  film,
  give,
  hub,
  hubs,
  keyOfFilms,
  LARGE_SECOND,
  lastCharge,
  list,
  MUCH,
  SECOND,
  SEEDANCE,
  STORES,
  settled,
  shareFilmScene,
  TIMEOUT_MS,
  VEO,
  WAITING,
} from '../support/film-scene.ts';
import { asObject, callHub, eventually, textOf } from '../support/hub-calls.ts';

/** Films that are paid for with credit: held before they are asked for, and charged when they end, whoever hears of that. */

describe.each(STORES)('a film at a hub on $kind', { timeout: TIMEOUT_MS }, (store) => {
  const { skip } = store;
  shareFilmScene(store);

  it.skipIf(skip)(
    'keeps what it can cost until it ends, and is charged although its caller never returns',
    async () => {
      await give(MUCH);
      const begun = await film({ seconds: '8', size: '1792x1024' });
      expect(begun.status).toBe(200);
      expect(await account()).toEqual({ left: MUCH, held: 8n * LARGE_SECOND });
      const [hold] = await list('/credit/holds');
      expect(hold).toMatchObject({ amount: '2.4', awaits_job_since: expect.any(String) });
      // Two days, and not the quarter of an hour that calls have.
      const lasts = Date.parse(textOf(hold?.['expires_at'])) - Date.parse(textOf(hold?.['placed_at']));
      expect(lasts).toBeGreaterThan(47 * 3_600_000);
      FILMS.fate = 'completed';
      expect(await settled()).toBe(MUCH - 8n * LARGE_SECOND);
      const charge = await lastCharge();
      expect(charge).toMatchObject({ state: 'settled', amount: '2.4', held: '2.4', overrun: '0', basis: 'reported' });
      expect(asObject(charge['explained'])['lines']).toMatchObject([{ unit: 'video-second', units: 8 }]);
      expectAddedUp(charge);
      expect(await list('/credit/holds')).toEqual([]);
    },
  );

  it.skipIf(skip)('is charged the moment that its caller sees the end, and once however many look', async () => {
    await give(MUCH);
    const { json } = await film({ seconds: '4' });
    const path = `/v1/videos/${textOf(json['id'])}`;
    await ask('GET', path);
    expect((await account()).held).toBe(4n * SECOND);
    FILMS.fate = 'completed';
    const looks = hubs().flatMap((each) => Array.from({ length: 10 }, () => ask('GET', path, undefined, {}, each)));
    for (const { json: seen } of await Promise.all(looks)) expect(seen['status']).toBe('completed');
    expect(await account()).toEqual({ left: MUCH - 4n * SECOND, held: 0n });
    expect((await list('/credit/entries?kind=charge')).filter(({ amount }) => amount === '-0.4')).toHaveLength(1);
  });

  it.skipIf(skip)('that could not be made is given back', async () => {
    await give(MUCH);
    await film({ seconds: '12' });
    FILMS.fate = 'failed';
    expect(await settled()).toBe(MUCH);
    expect(await lastCharge()).toMatchObject({ state: 'released', amount: '0', basis: 'it could not be made' });
  });

  it.skipIf(skip)('is asked for once with one key, and charged once', async () => {
    await give(MUCH);
    const headers = { 'idempotency-key': randomBytes(12).toString('hex') };
    const first = await film({ seconds: '4' }, headers);
    const again = await film({ seconds: '4' }, headers);
    expect([again.json['id'], again.headers['idempotency-replayed']]).toEqual([first.json['id'], 'true']);
    expect(creations()).toBe(1);
    FILMS.fate = 'completed';
    expect(await settled()).toBe(MUCH - 4n * SECOND);
  });

  it.skipIf(skip)('is refused before it is asked for where the credit does not pay for it', async () => {
    await give(8n * SECOND - 1n);
    const out = await film({ seconds: '8' });
    expect([out.status, out.error['code']]).toEqual([402, 'credit.exhausted']);
    expect((await film({ seconds: '4' })).status).toBe(200);
    const held = await film({ seconds: '4' });
    expect([held.status, held.error['code'], held.headers['retry-after']]).toEqual([429, 'credit.held', '2']);
    expect(creations()).toBe(1);
  });

  it.skipIf(skip)('that its caller deletes once it is made is charged before', async () => {
    await give(MUCH);
    const { json } = await film({ seconds: '4' });
    FILMS.fate = 'completed';
    expect((await ask('DELETE', `/v1/videos/${textOf(json['id'])}`)).status).toBe(200);
    expect(await account()).toEqual({ left: MUCH - 4n * SECOND, held: 0n });
  });

  it.skipIf(skip)('that is made anew is held and charged like the first', async () => {
    await give(MUCH);
    const { json } = await film({ seconds: '8', size: '1792x1024' });
    const path = `/v1/videos/${textOf(json['id'])}`;
    expect((await ask('POST', `${path}/remix`, { prompt: 'at night', seconds: '4' })).status).toBe(200);
    expect((await account()).held).toBe(16n * LARGE_SECOND);
    FILMS.fate = 'completed';
    expect(await settled()).toBe(MUCH - 16n * LARGE_SECOND);
  });

  it.skipIf(skip)('whose caller waits for it is charged although that one leaves', async () => {
    await give(MUCH);
    const gone = new AbortController();
    const body = { input: { modelOptions: { model: `openai/${WAITING}` }, prompt: 'a calm sea', seconds: 8 } };
    const call = callHub(hub(), keyOfFilms(), { path: '/api/v2/video', body, signal: gone.signal }).catch(
      () => undefined,
    );
    await eventually('film', () => FILMS.begun.length > 0);
    await eventually('hold that waits', async () => (await list('/credit/holds'))[0]?.['awaits_job_since']);
    gone.abort();
    await call;
    FILMS.fate = 'completed';
    expect(await settled()).toBe(MUCH - 8n * SECOND);
  });

  it.skipIf(skip)('of another kind of provider is charged by what that says, else by what was asked for', async () => {
    await give(MUCH);
    await ask('POST', '/v1/videos', { model: `google/${VEO}`, prompt: 'a calm sea', size: '4k' });
    await settled();
    const veo = await lastCharge();
    expect(veo).toMatchObject({ state: 'estimated', amount: '4.8' });
    expectAddedUp(veo);
    const before = (await account()).left;
    await ask('POST', '/v1/videos', { model: `doubao/${SEEDANCE}`, prompt: 'a calm sea', seconds: '5', size: '720p' });
    expect(before - (await settled())).toBe(BigInt(ARK_TOKENS) * 7000n);
    const seedance = await lastCharge();
    expect(seedance).toMatchObject({ state: 'settled', overrun: '0' });
    expectAddedUp(seedance);
  });
});
