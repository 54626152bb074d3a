import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessOf, project } from '../../identity/testing/access.ts';
import type { Access } from '../../protocol/people.ts';
import { model } from '../../storage/testing/rows.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';
import { TEST_TENANT } from '../testing/memory-state.ts';

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
});
afterEach(async () => plane.app.close());

let connection: string;
beforeEach(async () => {
  await plane.call('POST', '/connections', { provider_id: 'homely' });
  connection = [...plane.state.connections.keys()][0] ?? '';
});

it('a model that a list does not hold is added by hand, with only the facts that are known', async () => {
  const made = await plane.call('POST', `/connections/${connection}/models`, {
    upstream_model: 'ep-123',
    context_tokens: 4096,
  });
  expect(made).toMatchObject({
    status: 201,
    body: { upstream_model: 'ep-123', origin: 'manual', context_tokens: 4096 },
  });
  expect(made.body).not.toHaveProperty('max_output_tokens');
});

it('models are found by state, by part of their name, by connection and by being withdrawn', async () => {
  await plane.call('POST', `/connections/${connection}/models`, { upstream_model: 'Large-Model' });
  const [small, large] = plane.state.models.values();
  if (small !== undefined) plane.state.models.set(small.id, { ...small, withdrawnAt: 5 });
  await plane.call('PATCH', `/models/${large?.id}`, { state: 'hidden' });
  const names = async (query: string) => {
    const { body } = await plane.call('GET', `/models?${query}`);
    return (body as { data: { upstream_model: string }[] }).data.map((row) => row.upstream_model);
  };
  expect(await names('')).toEqual(['small-model', 'Large-Model']);
  expect(await names('state=hidden')).toEqual(['Large-Model']);
  expect(await names('withdrawn=true')).toEqual(['small-model']);
  expect(await names('search=LARGE')).toEqual(['Large-Model']);
  expect(await names(`connection_id=${connection}&limit=1`)).toEqual(['small-model']);
  expect((await plane.call('DELETE', `/models/${large?.id}`)).status).toBe(200);
  expect((await plane.call('GET', `/models/${large?.id}`)).status).toBe(404);
  expect((await plane.call('GET', '/connections/conn_none/models')).status).toBe(404);
});

it('models are found by what they take, what they give, and how long their context is', async () => {
  const facts = [
    { upstream_model: 'reader', context_tokens: 128_000, input_modalities: ['text', 'image'] },
    { upstream_model: 'painter', context_tokens: 4000, output_modalities: ['image'] },
  ];
  for (const fact of facts) await plane.call('POST', `/connections/${connection}/models`, fact);
  const names = async (query: string) => {
    const { body } = await plane.call('GET', `/models?${query}`);
    return (body as { data: { upstream_model: string }[] }).data.map((row) => row.upstream_model);
  };
  expect(await names('input_modality=image')).toEqual(['reader']);
  expect(await names('output_modality=image')).toEqual(['painter']);
  expect(await names('context_tokens_min=128000')).toEqual(['reader']);
  expect((await plane.call('GET', '/models?context_tokens_min=0')).status).toBe(400);
});

describe('the models that members may call', () => {
  async function planeAs(access: Access): Promise<TestControlPlane> {
    const limited = await startTestControlPlane(({ access: own }) => ({
      access: { ...own, within: async () => access },
    }));
    limited.state.models.set('mdl_1', { ...model('mdl_1', 'conn_1'), upstreamModel: 'small', state: 'enabled' });
    return limited;
  }

  it.each(['owner', 'admin', 'developer', 'viewer'] as const)(
    'are listed for a %s, without where they come from',
    async (role) => {
      const limited = await planeAs(accessOf(role, TEST_TENANT));
      const { status, body, text } = await limited.call('GET', '/callable-models');
      expect([status, body]).toMatchObject([
        200,
        { data: [{ name: 'small', operations: ['chat'], prices: { input_tokens: '2' } }] },
      ]);
      expect(text).not.toContain('conn_1');
      await limited.app.close();
    },
  );

  it('are not listed for who does billing', async () => {
    const limited = await planeAs(accessOf('billing', TEST_TENANT));
    expect((await limited.call('GET', '/callable-models')).status).toBe(403);
    await limited.app.close();
  });

  it('have no prices for who may not see usage', async () => {
    const access = accessOf('viewer', TEST_TENANT);
    const limited = await planeAs({ ...access, permissions: new Set(['models.read']) });
    const { body } = await limited.call('GET', '/callable-models');
    expect((body as { data: object[] }).data[0]).not.toHaveProperty('prices');
    await limited.app.close();
  });

  it('are those of a project that the caller may use', async () => {
    const limited = await planeAs(accessOf('developer', TEST_TENANT));
    limited.state.projects.set('proj_hidden', project('proj_hidden', TEST_TENANT.organizationId, { teamId: 'team_2' }));
    expect((await limited.call('GET', '/callable-models?project_id=proj_hidden')).status).toBe(404);
    expect((await limited.call('GET', `/callable-models?project_id=${TEST_TENANT.projectId}`)).status).toBe(200);
    await limited.app.close();
  });
});
