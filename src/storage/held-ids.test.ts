import { describe, expect, test } from 'vitest';
import type { HeldId } from '../protocol/held.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const held = (id: string, change: Partial<HeldId> = {}): HeldId => ({
  ...DEFAULT_TENANT,
  id,
  kind: 'response',
  connectionId: 'conn_1',
  credentialId: undefined,
  upstreamId: undefined,
  upstreamModel: 'gpt-5',
  createdAt: 100,
  expiresAt: 1000,
  video: undefined,
  ...change,
});

describe.each(TEST_ENGINES)('what providers hold, in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('is found by the project that made it, and by nobody else', async () => {
      const { heldIds } = await freshStore(engine);
      await heldIds.bind([held('resp_1'), held('video_1', { kind: 'video' })]);
      expect(await heldIds.find(DEFAULT_TENANT, ['resp_1', 'resp_none'])).toEqual([held('resp_1')]);
      expect(await heldIds.find({ ...DEFAULT_TENANT, projectId: 'proj_other' }, ['resp_1'])).toEqual([]);
      expect(await heldIds.find({ ...DEFAULT_TENANT, organizationId: 'org_other' }, ['resp_1'])).toEqual([]);
      expect(await heldIds.find(DEFAULT_TENANT, [])).toEqual([]);
    });

    test('keeps its first binding, whoever binds it again', async () => {
      const { heldIds } = await freshStore(engine);
      await heldIds.bind([held('resp_1')]);
      await heldIds.bind([held('resp_1', { connectionId: 'conn_2' }), held('resp_2')]);
      expect(await heldIds.find(DEFAULT_TENANT, ['resp_1', 'resp_2'])).toMatchObject([
        { id: 'resp_1', connectionId: 'conn_1' },
        { id: 'resp_2', connectionId: 'conn_1' },
      ]);
      await heldIds.bind([]);
    });

    test('is listed by kind, newest first, and forgotten when its time is over', async () => {
      const { heldIds } = await freshStore(engine);
      await heldIds.bind([
        held('video_old', { kind: 'video', createdAt: 1, expiresAt: 500 }),
        held('video_new', { kind: 'video', createdAt: 2 }),
        held('resp_1'),
      ]);
      const ids = async (): Promise<readonly string[]> =>
        (await heldIds.list(DEFAULT_TENANT, 'video', { limit: 10 })).map(({ id }) => id);
      expect(await ids()).toEqual(['video_new', 'video_old']);
      expect(await heldIds.removeExpired(500)).toBe(1);
      expect(await ids()).toEqual(['video_new']);
      await heldIds.forget(DEFAULT_TENANT, 'video_new');
      expect(await ids()).toEqual([]);
    });

    test('comes back as it was bound: by whose credential, under which id, asked for how', async () => {
      const { heldIds } = await freshStore(engine);
      const film = held('video_ours', {
        kind: 'video',
        credentialId: 'cred_1',
        upstreamId: 'models/veo/operations/abc',
        video: { model: 'veo', seconds: 8, size: '1280x720', remixedFrom: undefined, recordId: 'ur_1' },
      });
      await heldIds.bind([film]);
      expect(await heldIds.find(DEFAULT_TENANT, ['video_ours'])).toEqual([film]);
      expect(await heldIds.find(DEFAULT_TENANT, ['models/veo/operations/abc'])).toEqual([]);
    });

    test('is listed in parts, in either order, without one that is named twice or left out', async () => {
      const { heldIds } = await freshStore(engine);
      const bound = ['a', 'b', 'c', 'd', 'e'].map((id, index) =>
        held(id, { kind: 'video', createdAt: Math.floor(index / 2) }),
      );
      await heldIds.bind(bound);
      for (const oldestFirst of [false, true]) {
        const seen: string[] = [];
        for (let page = 0; page < 5; page += 1) {
          const afterId = seen.at(-1);
          const rows = await heldIds.list(DEFAULT_TENANT, 'video', { limit: 2, afterId, oldestFirst });
          seen.push(...rows.map(({ id }) => id));
        }
        const ids = bound.map(({ id }) => id);
        expect(seen).toEqual(oldestFirst ? ids : ids.toReversed());
      }
      expect(await heldIds.list(DEFAULT_TENANT, 'video', { limit: 2, afterId: 'nobody' })).toEqual([]);
    });
  });
});
