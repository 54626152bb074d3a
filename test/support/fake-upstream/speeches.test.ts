import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectEvents } from '../../../src/dialects/collect.ts';
import { DIALECTS } from '../../../src/dialects/index.ts';
import type { GatewayError } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { parseJson } from '../../../src/kernel/json.ts';
import type { ChatEvent, ChatResponse } from '../../../src/protocol/chat-events.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../../src/protocol/chat-request.ts';
import { openFramer } from '../../../src/upstream/framing/open-framer.ts';
import { outboundFace, targetOf } from '../../conformance/surroundings.ts';
import { type FakeUpstream, startFakeUpstream } from '../fake-upstream.ts';

/** Every dialect that the hub speaks to providers, spoken to the stand-in and back. */

const KEY = 'a-key';
const MODELS = ['fake-small', 'fake-large', 'fake-embed'];
const ADDRESSES: Readonly<Record<string, { readonly path: string; readonly header: string }>> = {
  'openai-chat': { path: '/v1/chat/completions', header: 'authorization' },
  'openai-responses': { path: '/v1/responses', header: 'authorization' },
  'anthropic-messages': { path: '/v1/messages', header: 'x-api-key' },
  'gemini-generate': { path: '/v1beta/models', header: 'x-goog-api-key' },
  'bedrock-converse': { path: '/model', header: 'authorization' },
  'ollama-chat': { path: '/api/chat', header: 'authorization' },
};
const SPOKEN = [...DIALECTS.values()].filter(({ outbound }) => outbound !== undefined).map(({ name }) => name);

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS, credentials: [KEY], strict: true });
});
afterAll(() => upstream.close());
beforeEach(() => upstream.setCredentials([KEY]));

const ASK: ChatRequest = {
  ...PLAIN_CHAT,
  messages: [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', parts: [{ type: 'text', text: 'Say something.' }] },
  ],
  maxOutputTokens: 4096,
};
const TOOLS: ChatRequest['tools'] = [
  {
    kind: 'function',
    name: 'get_weather',
    description: 'Tells the weather.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
    strict: undefined,
  },
];
const CALLING: ChatRequest = {
  ...ASK,
  tools: TOOLS,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Use get_weather, please.' }] }],
};

type Asked = { readonly dialect: string; readonly model?: string; readonly request?: ChatRequest };

async function send({ dialect, model = 'fake-small', request = ASK }: Asked): Promise<Response> {
  const address = ADDRESSES[dialect];
  if (address === undefined) throw new Error(`where does ${dialect} live?`);
  const target = targetOf({ upstreamModel: model, path: address.path });
  const { call } = outboundFace(dialect).encodeRequest({ ...request, dialect }, target);
  return fetch(`${upstream.url}${call.path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      [address.header]: address.header === 'authorization' ? `Bearer ${KEY}` : KEY,
      ...call.headers,
    },
    body: new Uint8Array(call.body),
  });
}

async function askWhole(asked: Asked): Promise<ChatResponse> {
  const response = await send(asked);
  const body = Buffer.from(await response.arrayBuffer());
  expect(response.status, body.toString()).toBe(200);
  return collectEvents(outboundFace(asked.dialect).decodeResponse(body)).response;
}

async function askStream(asked: Asked): Promise<readonly ChatEvent[]> {
  const request = { ...(asked.request ?? ASK), streamed: true, wantsUsage: true };
  const response = await send({ ...asked, request });
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.status, bytes.toString()).toBe(200);
  const face = outboundFace(asked.dialect);
  const framer = openFramer(face.framing);
  const decoder = face.openDecoder();
  const frames = [...framer.push(bytes), ...framer.end().frames];
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

async function askFault(asked: Asked): Promise<GatewayError> {
  const response = await send(asked);
  const headers = Object.fromEntries(response.headers);
  const body = Buffer.from(await response.arrayBuffer());
  return outboundFace(asked.dialect).decodeFault({ status: response.status, headers, body }, 0);
}

function textOf({ choices }: ChatResponse): string {
  return (choices[0]?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}

describe.each(SPOKEN)('%s', (dialect) => {
  it('gets the same answer whole and streamed, with its usage', async () => {
    const whole = await askWhole({ dialect });
    const streamed = collectEvents(await askStream({ dialect })).response;
    expect(textOf(whole).length).toBeGreaterThan(10);
    expect(textOf(streamed)).toBe(textOf(whole));
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.usage.usage.inputTokens).toBeGreaterThan(0);
    expect(whole.choices[0]?.reason.kind).toBe('stop');
  });

  it('gets calls of tools, several at once and in pieces, and may answer them', async () => {
    const model = 'fake-small@parallel:2';
    const whole = await askWhole({ dialect, model, request: CALLING });
    const streamed = collectEvents(await askStream({ dialect, model, request: CALLING })).response;
    for (const { choices } of [whole, streamed]) {
      const calls = (choices[0]?.parts ?? []).filter((part) => part.type === 'tool-call');
      expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_weather']);
      expect(parseJson(calls[0]?.arguments ?? '')).toEqual({ city: 'sample “text”', days: 7 });
      expect(choices[0]?.reason.kind).toBe('tool-call');
    }
    const answered = await askWhole({ dialect, model, request: afterCalls(whole) });
    expect(textOf(answered)).not.toBe('');
  });

  it('is told of thinking, and may give it back before the results', async () => {
    const request = { ...CALLING, reasoning: THINKING };
    const whole = await askWhole({ dialect, model: 'fake-small@think', request });
    const streamed = collectEvents(await askStream({ dialect, model: 'fake-small@think', request })).response;
    for (const { choices, usage } of [whole, streamed]) {
      // Ollama counts what was thought among the rest, and does not say how much.
      if (dialect !== 'ollama-chat') expect(usage.usage.outputTokens).toBeGreaterThan(0);
      // OpenAI’s own chat format shows nothing of what was thought.
      const thoughts = (choices[0]?.parts ?? []).filter((part) => part.type === 'reasoning');
      expect(thoughts.map(({ text }) => text).join('')).toBe('Let me think about this.');
    }
    expect(textOf(await askWhole({ dialect, request: { ...afterCalls(whole), reasoning: THINKING } }))).not.toBe('');
  });

  it.each([
    [400, 'upstream.bad_request'],
    [403, 'upstream.credential_rejected'],
    [429, 'upstream.rate_limited'],
    [500, 'upstream.error'],
    [503, 'upstream.error'],
  ])('is told of a %i in its own words', async (status, code) => {
    const fault = await askFault({ dialect, model: `fake-small@${status}` });
    expect(fault.code).toBe(code);
    expect(fault.upstream?.message).not.toMatch(/[{}]/);
    if (status === 429) expect(fault.retryAfterSeconds).toBe(1);
  });

  it('is told of a model that is not there', async () => {
    const fault = await askFault({ dialect, model: 'nobody' });
    expect(['upstream.not_found', 'upstream.bad_request']).toContain(fault.code);
  });

  it('is refused with another credential', async () => {
    upstream.setCredentials(['another']);
    // Ollama has no credentials of its own: a proxy before it has.
    const expected =
      dialect === 'ollama-chat' ? ['upstream.credential_rejected', 'upstream.error'] : ['upstream.credential_rejected'];
    expect(expected).toContain((await askFault({ dialect })).code);
  });

  it('sees a stream that is cut or broken off as what it is', async () => {
    // In OpenAI’s chat format all is said with the finish reason, before the terminator.
    const unended = dialect === 'openai-chat' ? 'finish' : 'fault';
    expect((await askStream({ dialect, model: 'fake-small@no-done' })).at(-1)?.type).toBe(unended);
    expect((await askStream({ dialect, model: 'fake-small@cut:end:events:3' })).at(-1)?.type).toBe('fault');
    const broken = (await askStream({ dialect, model: 'fake-small@error-event:3' })).at(-1);
    expect(broken?.type === 'fault' ? broken.error.code : broken).not.toBe('upstream.cut');
  });

  it.each(['-5', '1e400', '"12"', '1.5', 'true', '[]'])('does not believe a count of %s', async (text) => {
    const { usage, anomalies } = (await askWhole({ dialect, model: `fake-small@usage:hostile:${text}` })).usage;
    expect(Object.values(usage).filter((count) => count !== undefined && count !== 0)).toEqual([]);
    expect(anomalies.length).toBeGreaterThan(0);
  });

  it('knows that usage was not said', async () => {
    const { usage } = await askWhole({ dialect, model: 'fake-small@usage:missing' });
    expect(Object.values(usage.usage).filter((count) => count !== undefined)).toEqual([]);
  });
});

const THINKING = { effort: 'high', budgetTokens: 2048, enabled: true, summary: 'auto' } as const;

/** The conversation after the tools were run. */
function afterCalls({ choices }: ChatResponse): ChatRequest {
  const parts = choices[0]?.parts ?? [];
  const results = parts.flatMap((part): ChatRequest['messages'] =>
    part.type === 'tool-call'
      ? [{ role: 'tool', callId: part.id, name: part.name, parts: [{ type: 'text', text: 'Sunny.' }] }]
      : [],
  );
  return { ...CALLING, messages: [...CALLING.messages, { role: 'assistant', parts }, ...results] };
}

describe('a malformed request', () => {
  const cases: readonly (readonly [string, string, JsonObject, RegExp])[] = [
    ['openai-chat', '/v1/chat/completions', { model: 'fake-small', messages: [] }, /empty array/],
    [
      'openai-chat',
      '/v1/chat/completions',
      { model: 'fake-small', messages: [{ role: 'user', content: 'a' }], top_k: 1 },
      /top_k/,
    ],
    [
      'openai-chat',
      '/v1/chat/completions',
      { model: 'fake-small', messages: [{ role: 'tool', tool_call_id: 'x', content: 'a' }] },
      /must be a response/,
    ],
    [
      'openai-responses',
      '/v1/responses',
      { model: 'fake-small', input: 'a', stop: ['x'] },
      /Unknown parameter: 'stop'/,
    ],
    [
      'openai-responses',
      '/v1/responses',
      { model: 'fake-small', input: [{ type: 'function_call_output', call_id: 'x', output: 'a' }] },
      /No tool call found/,
    ],
    [
      'anthropic-messages',
      '/v1/messages',
      { model: 'fake-small', messages: [{ role: 'user', content: 'a' }] },
      /max_tokens/,
    ],
    [
      'anthropic-messages',
      '/v1/messages',
      { model: 'fake-small', max_tokens: 9, messages: [{ role: 'user', content: 'a' }], seed: 1 },
      /seed: Extra inputs/,
    ],
    [
      'anthropic-messages',
      '/v1/messages',
      {
        model: 'fake-small',
        max_tokens: 9,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'x', name: 'y', input: {} }] },
          { role: 'user', content: 'b' },
        ],
      },
      /without `tool_result`/,
    ],
    [
      'anthropic-messages',
      '/v1/messages',
      {
        model: 'fake-small',
        max_tokens: 9,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: [{ type: 'thinking', thinking: 'b', signature: 'made up' }] },
        ],
      },
      /Invalid `signature`/,
    ],
    [
      'gemini-generate',
      '/v1beta/models/fake-small:generateContent',
      { contents: [{ parts: [] }] },
      /must not be empty/,
    ],
    [
      'gemini-generate',
      '/v1beta/models/fake-small:generateContent',
      { contents: [{ role: 'user', parts: [{ text: 'a' }] }], generationConfig: { stop: 1 } },
      /Unknown name ..stop/,
    ],
    [
      'bedrock-converse',
      '/model/fake-small/converse',
      { messages: [{ role: 'assistant', content: [{ text: 'a' }] }] },
      /must start with a user/,
    ],
    [
      'bedrock-converse',
      '/model/fake-small/converse',
      {
        messages: [
          { role: 'user', content: [{ text: 'a' }] },
          { role: 'user', content: [{ text: 'b' }] },
        ],
      },
      /must alternate/,
    ],
    ['ollama-chat', '/api/chat', { model: 'fake-small', messages: [{ role: 'user', content: [] }] }, /unmarshal/],
  ];

  it.each(cases)('is refused by %s at %s: %j', async (dialect, path, body, words) => {
    const { header } = ADDRESSES[dialect] ?? { header: '' };
    const response = await fetch(`${upstream.url}${path}`, {
      method: 'POST',
      headers: { [header]: header === 'authorization' ? `Bearer ${KEY}` : KEY, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(words)]);
  });
});

describe('the list of models', () => {
  const get = async (path: string, headers: Record<string, string>): Promise<string> =>
    (await fetch(`${upstream.url}${path}`, { headers })).text();

  it('comes in each format, and in pages where it has them', async () => {
    const bearer = { authorization: `Bearer ${KEY}` };
    const claude = { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' };
    const google = { 'x-goog-api-key': KEY };
    expect(parseJson(await get('/v1/models', bearer))).toMatchObject({
      object: 'list',
      data: [{ id: 'fake-small' }, {}, {}],
    });
    expect(parseJson(await get('/v1/models?limit=2', claude))).toMatchObject({ has_more: true, last_id: 'fake-large' });
    expect(parseJson(await get('/v1/models?limit=2&after_id=fake-large', claude))).toMatchObject({
      has_more: false,
      data: [{ id: 'fake-embed', type: 'model' }],
    });
    expect(parseJson(await get('/v1beta/models?pageSize=2', google))).toMatchObject({ nextPageToken: '2' });
    expect(parseJson(await get('/v1beta/models?pageToken=2', google))).toMatchObject({
      models: [{ name: 'models/fake-embed' }],
    });
    expect(parseJson(await get('/foundation-models', bearer))).toMatchObject({
      modelSummaries: [{ modelId: 'fake-small' }, {}, {}],
    });
    expect(parseJson(await get('/inference-profiles?maxResults=2', bearer))).toMatchObject({ nextToken: '2' });
    expect(parseJson(await get('/api/tags', bearer))).toMatchObject({ models: [{ name: 'fake-small' }, {}, {}] });
  });
});
