import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../testing/call.ts';

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
