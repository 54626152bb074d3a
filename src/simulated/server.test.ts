import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMBEDDING_DIMENSIONS } from './answers.ts';
import { type SimulatedProvider, startSimulatedProvider } from './server.ts';

let provider: SimulatedProvider;
beforeAll(async () => {
  provider = await startSimulatedProvider();
});
afterAll(() => provider.close());

async function post(path: string, body: unknown): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${provider.origin}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}
const chat = (fields: object) =>
  post('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hello 漢字' }], max_tokens: 4, ...fields });

describe('the simulated provider', () => {
  test.each([
    ['a chat', () => chat({})],
    ['a streamed chat', () => chat({ stream: true, stream_options: { include_usage: true } })],
    ['a completion', () => post('/v1/completions', { prompt: 'x', max_tokens: 2 })],
    ['an embedding', () => post('/v1/embeddings', { input: ['a', 'b'] })],
  ])('answers %s, the same every time', async (_name, ask) => {
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first).toEqual(second);
    expect(first?.status).toBe(200);
  });

  test('says what it is', async () => {
    expect((await chat({ max_tokens: 100 })).text).toMatch(/simulated answer: no model was asked.*Hello 漢字/);
    const list = await (await fetch(`${provider.origin}/v1/models`)).json();
    expect(JSON.stringify(list)).toContain('"owned_by":"simulated"');
  });

  test('tells in a stream what it tells in one piece', async () => {
    const whole = JSON.parse((await chat({})).text);
    const { text } = await chat({ stream: true, stream_options: { include_usage: true } });
    const events = text.split('\n\n').filter(Boolean);
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
    const said = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(said).toBe(whole.choices[0].message.content);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(whole.choices[0].finish_reason).toBe('length');
    expect(whole.usage.total_tokens).toBe(whole.usage.prompt_tokens + whole.usage.completion_tokens);
    // Usage is told to who asks for it.
    expect((await chat({ stream: true })).text).not.toContain('"usage"');
  });

  test('embeds into unit vectors, and into base64 where asked', async () => {
    const plain = JSON.parse((await post('/v1/embeddings', { input: 'a' })).text).data[0].embedding;
    const packed = JSON.parse((await post('/v1/embeddings', { input: 'a', encoding_format: 'base64' })).text).data[0]
      .embedding;
    expect(plain).toHaveLength(EMBEDDING_DIMENSIONS);
    expect(Math.hypot(...plain)).toBeCloseTo(1, 4);
    const bytes = Buffer.from(packed, 'base64');
    expect(plain.map((_: number, index: number) => bytes.readFloatLE(index * 4))).toEqual(plain.map(Math.fround));
  });

  test.each([
    ['no JSON', '/v1/chat/completions', undefined, 400],
    ['an embedding of numbers', '/v1/embeddings', { input: [1, 2] }, 400],
    ['another address', '/v1/nothing', {}, 404],
  ])('refuses %s', async (_name, path, body, status) => {
    expect(await post(path, body)).toMatchObject({ status, text: expect.stringContaining('invalid_request_error') });
  });
});
