import { describe, expect, it } from 'vitest';
import { failingAt } from '../chaos/failpoints.ts';
import { FILMS } from '../support/fake-upstream/media-videos.ts';
import {
  ask,
  film,
  give,
  hub,
  lastCharge,
  list,
  MUCH,
  restart,
  SECOND,
  STORES,
  settled,
  shareFilmScene,
  TIMEOUT_MS,
} from '../support/film-scene.ts';
import { textOf } from '../support/hub-calls.ts';

/** Hubs that are killed at every moment at which a film could be lost, or charged twice. */

describe.each(STORES)('a film at a hub on $kind', { timeout: TIMEOUT_MS }, (store) => {
  const { skip } = store;
  shareFilmScene(store);

  it.skipIf(skip).each(['job', 'bound', 'recorded'] as const)(
    'is charged exactly although the process that asked for it is killed: %s',
    async (point) => {
      await give(MUCH);
      await restart(failingAt(point, 1));
      await film({ seconds: '8' }).catch(() => undefined);
      await hub().gone;
      expect(FILMS.begun).toHaveLength(1);
      FILMS.fate = 'completed';
      await restart();
      expect(await settled()).toBe(MUCH - 8n * SECOND);
      expect(await lastCharge()).toMatchObject({ state: 'settled', amount: '0.8' });
    },
  );

  it.skipIf(skip).each(['before-end', 'ended'] as const)(
    'is charged once although the process that hears of its end is killed: %s',
    async (point) => {
      await give(MUCH);
      await restart(failingAt(point, 1));
      const { json } = await film({ seconds: '8' });
      FILMS.fate = 'completed';
      await ask('GET', `/v1/videos/${textOf(json['id'])}`).catch(() => undefined);
      // Where another hub was quicker, this one lives and has nothing to end.
      await restart();
      expect(await settled()).toBe(MUCH - 8n * SECOND);
      expect(await lastCharge()).toMatchObject({ state: 'settled', amount: '0.8' });
      const entries = await list('/credit/entries?kind=charge&limit=50');
      const [{ charge_id: id } = {}] = entries;
      expect(entries.filter(({ charge_id }) => charge_id === id)).toHaveLength(1);
    },
  );

  it.skipIf(skip)(
    'that its provider has begun when the process dies, and of which nobody knows the id, is presumed',
    async () => {
      await give(MUCH);
      await restart(failingAt('before-job', 1));
      await film({ seconds: '8' }).catch(() => undefined);
      await hub().gone;
      expect(FILMS.begun).toHaveLength(1);
      await restart();
      expect(await settled()).toBe(MUCH - 8n * SECOND);
      const charge = await lastCharge();
      expect(charge).toMatchObject({ state: 'estimated', amount: '0.8' });
      const reviews = await list('/installation/credit/review');
      expect(reviews.some(({ id }) => id === charge['id'])).toBe(true);
    },
  );
});
