import { describe, expect, test } from 'vitest';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { accessRule } from './testing/rows.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const { organizationId, projectId } = DEFAULT_TENANT;
const KEY = { organizationId, scope: 'project', scopeId: projectId } as const;

describe.each(TEST_ENGINES)('access rules in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('come back as they went in: an empty list is not a list that nobody set', async () => {
      const { accessRules, configuration } = await freshStore(engine);
      const rule = accessRule(KEY, { allowedModels: [], deniedModels: ['gpt-*'], allowedRegions: ['eu', 'eu-*'] });
      expect(await accessRules.put(rule, undefined)).toEqual(rule);
      expect(await accessRules.get(KEY)).toEqual(rule);
      expect(await accessRules.list(organizationId)).toEqual([rule]);
      expect((await configuration.load()).accessRules).toEqual([rule]);
    });

    test('change for whoever saw them last, and for nobody else', async () => {
      const { accessRules } = await freshStore(engine);
      await accessRules.put(accessRule(KEY), undefined);
      const changed = { ...accessRule(KEY, { deniedProviders: ['openai'] }), updatedAt: 2_000 };
      expect(await accessRules.put(changed, undefined)).toBeUndefined();
      expect(await accessRules.put(changed, 2)).toBeUndefined();
      expect(await accessRules.put(changed, 1)).toEqual({ ...changed, revision: 2 });
      expect(await accessRules.put(accessRule(KEY), 1)).toBeUndefined();
      expect(await accessRules.get(KEY)).toEqual({ ...changed, revision: 2 });
      expect(await accessRules.remove(KEY, 1)).toBe(false);
      expect(await accessRules.remove(KEY, 2)).toBe(true);
      expect(await accessRules.get(KEY)).toBeUndefined();
    });

    test('belong to their organization, whatever they are said to stand on', async () => {
      const { accessRules } = await freshStore(engine);
      await accessRules.put(accessRule(KEY), undefined);
      const foreign = { ...KEY, organizationId: 'org_other' };
      expect(await accessRules.get(foreign)).toBeUndefined();
      expect(await accessRules.list('org_other')).toEqual([]);
      expect(await accessRules.remove(foreign, 1)).toBe(false);
      expect(await accessRules.put(accessRule(foreign), 1)).toBeUndefined();
      await expect(accessRules.put(accessRule(foreign), undefined)).rejects.toMatchObject({
        code: 'resource.not_found',
      });
    });

    test('bump the version of the configuration where something changed', async () => {
      const { accessRules, configuration } = await freshStore(engine);
      const start = await configuration.version();
      await accessRules.put(accessRule(KEY), undefined);
      expect(await configuration.version()).toBe(start + 1);
      await accessRules.put(accessRule(KEY), 7);
      await accessRules.remove(KEY, 7);
      expect(await configuration.version()).toBe(start + 1);
      await accessRules.remove(KEY, 1);
      expect(await configuration.version()).toBe(start + 2);
    });
  });
});
