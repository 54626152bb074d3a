import { describe, expect, test } from 'vitest';
import type { Guardrail, GuardrailVerdict } from '../protocol/guardrails.ts';
import { DEFAULT_TENANT } from './default-tenant.ts';
import { outcome } from './testing/rows.ts';
import { freshStore, TEST_ENGINES } from './testing/stores.ts';

const { organizationId } = DEFAULT_TENANT;
const SCOPE = { organizationId };
const GUARDRAIL: Guardrail = {
  organizationId,
  id: 'grl_1',
  name: 'No addresses',
  check: { kind: 'personal', finds: ['email', 'taiwan_id'] },
  action: 'mask',
  place: 'both',
  scope: { kind: 'project', id: 'proj_1' },
  models: ['gpt-*'],
  order: 3,
  enabled: true,
  sealed: undefined,
  createdAt: 1,
  updatedAt: 1,
  revision: 1,
};

describe.each(TEST_ENGINES)('guardrails in $kind', (engine) => {
  describe.skipIf(engine.skip !== undefined)(engine.skip ?? 'here', () => {
    test('come back as they went in, to their organization alone, and change for whoever saw them last', async () => {
      const { guardrails, configuration } = await freshStore(engine);
      await guardrails.insert(GUARDRAIL);
      expect(await guardrails.get(SCOPE, 'grl_1')).toEqual(GUARDRAIL);
      expect(await guardrails.get({ organizationId: 'org_other' }, 'grl_1')).toBeUndefined();
      expect(await guardrails.list({ organizationId: 'org_other' })).toEqual([]);
      expect((await configuration.load()).guardrails).toEqual([GUARDRAIL]);
      const changed: Guardrail = {
        ...GUARDRAIL,
        check: { kind: 'words', words: ['獵鷹'], patterns: [String.raw`\d+`] },
        scope: { kind: 'organization' },
        models: undefined,
        enabled: false,
        revision: 2,
      };
      expect(await guardrails.replace({ ...changed, revision: 3 })).toBe(false);
      expect(await guardrails.replace(changed)).toBe(true);
      expect(await guardrails.list(SCOPE)).toEqual([changed]);
      const asking: Guardrail = {
        ...changed,
        check: { kind: 'http', url: 'https://guard.example.com/v1', timeoutMs: 500, onFailure: 'pass' },
        sealed: 'hv1:1:abcd',
        revision: 3,
      };
      expect(await guardrails.replace(asking)).toBe(true);
      expect(await guardrails.get(SCOPE, 'grl_1')).toEqual(asking);
      expect(await guardrails.remove({ organizationId: 'org_other' }, 'grl_1', 3)).toBe(false);
      expect(await guardrails.remove(SCOPE, 'grl_1', 1)).toBe(false);
      expect(await guardrails.remove(SCOPE, 'grl_1', 3)).toBe(true);
    });

    test('leave what they found on the record of a request, and nothing on others', async () => {
      const { records } = await freshStore(engine);
      const verdict: GuardrailVerdict = {
        guardrailId: 'grl_1',
        name: 'No addresses',
        verdict: 'mask',
        place: 'input',
        matches: { email: 2 },
      };
      const [first, second] = [outcome(1), outcome(2)];
      await records.commit([{ ...first, request: { ...first.request, verdicts: [verdict] } }, second]);
      expect((await records.get(SCOPE, first.usage.requestId))?.request.verdicts).toEqual([verdict]);
      expect(await records.get(SCOPE, second.usage.requestId)).toEqual(second);
    });
  });
});
