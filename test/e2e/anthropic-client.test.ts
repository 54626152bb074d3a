import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectBooked, PIXEL_PNG, sentText } from '../support/expect-booked.ts';
import {
  MODEL_OF,
  PROVIDER_DIALECTS,
  type ProviderDialect,
  type ProviderScene,
  setProviderScene,
} from '../support/provider-scene.ts';

let scene: ProviderScene;
let client: Anthropic;

beforeAll(async () => {
  scene = await setProviderScene();
  client = new Anthropic({ baseURL: scene.hub.address, apiKey: scene.secret, maxRetries: 0 });
});

afterAll(async () => {
  await scene?.close();
});

beforeEach(() => scene.begin());

const PICTURE: Anthropic.MessageParam[] = [
  {
    role: 'user',
    content: [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_PNG } },
      { type: 'text', text: 'What does this show?' },
    ],
  },
];
/** The smallest file that begins as a PDF does. */
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const TOOL: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** What every text begins with that only the stand-in can read. */
const SEAL = Buffer.from('fake-upstream seal').toString('base64');
/** A call of Gemini's carries a signature of its own. */
const CALL_WITH_SEAL = {
  contents: expect.arrayContaining([
    {
      role: 'model',
      parts: expect.arrayContaining([
        { functionCall: expect.anything(), thoughtSignature: expect.stringContaining(SEAL) },
      ]),
    },
  ]),
};

/** What becomes of what was thought: how the provider gets it back, and what is declared as lost on each turn. */
const THOUGHTS: Readonly<
  Record<
    ProviderDialect,
    {
      readonly comesBack: 'sealed' | 'in words' | 'not';
      readonly onFirst: readonly string[];
      readonly onSecond: readonly string[];
    }
  >
> = {
  'openai-chat': {
    comesBack: 'not',
    onFirst: ['reasoning.budgetTokens'],
    onSecond: ['messages.reasoning', 'reasoning.budgetTokens'],
  },
  'openai-responses': {
    comesBack: 'sealed',
    onFirst: ['reasoning.budgetTokens'],
    onSecond: ['reasoning.budgetTokens'],
  },
  'anthropic-messages': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'gemini-generate': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'bedrock-converse': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'ollama-chat': {
    comesBack: 'in words',
    onFirst: ['reasoning.budgetTokens'],
    onSecond: ['reasoning.budgetTokens'],
  },
};

const DOCUMENT_LOSSES: Partial<Readonly<Record<ProviderDialect, readonly string[]>>> = {
  'gemini-generate': ['messages.file.title'],
  'ollama-chat': ['messages.file'],
};

const WAYS = [
  ['at once', false],
  ['streamed', true],
] as const;

/** Asks and gives the whole message, by either way. */
function ask(isStreamed: boolean, body: Anthropic.MessageCreateParamsNonStreaming): Promise<Anthropic.Message> {
  return isStreamed ? client.messages.stream(body).finalMessage() : client.messages.create(body);
}

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

describe.each(PROVIDER_DIALECTS)('Anthropic’s package at a provider of %s', (dialect) => {
  const model = MODEL_OF[dialect];

  it('asks about a picture, and streams the same', async () => {
    const body = { model, system: 'You describe pictures.', messages: PICTURE, max_tokens: 200 };
    const whole = await client.messages.create(body);
    expect(whole).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    expect(textOf(whole)).toMatch(/\S/);
    const stream = client.messages.stream(body);
    let pieces = 0;
    stream.on('text', () => (pieces += 1));
    const last = await stream.finalMessage();
    expect(textOf(last)).toBe(textOf(whole));
    expect(last.stop_reason).toBe('end_turn');
    expect(pieces).toBeGreaterThan(1);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(whole.usage.input_tokens).toBe(first?.told?.usage.promptTokens);
    expect(whole.usage.output_tokens).toBe(first?.told?.usage.completionTokens);
    expect(last.usage.input_tokens).toBe(second?.told?.usage.promptTokens);
    expect(last.usage.output_tokens).toBe(second?.told?.usage.completionTokens);
    for (const text of [PIXEL_PNG, 'What does this show?', 'You describe pictures.']) {
      expect(sentText(first)).toContain(text);
    }
  });

  it.each(WAYS)('uses a tool and reads its result, a picture within, %s', async (_, isStreamed) => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Call get_weather for Taipei.' }];
    const body = { model, tools: [TOOL], max_tokens: 300 };
    const asked = await ask(isStreamed, { ...body, messages });
    expect(asked.stop_reason).toBe('tool_use');
    const use = asked.content.find((block) => block.type === 'tool_use');
    expect(use).toMatchObject({ name: 'get_weather', input: { city: 'sample “text”' } });
    const result: Anthropic.ToolResultBlockParam = {
      type: 'tool_result',
      tool_use_id: use?.id ?? '',
      content: [
        { type: 'text', text: 'Clear at 26 degrees, said the station.' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_PNG } },
      ],
    };
    const told = await ask(isStreamed, {
      ...body,
      messages: [...messages, { role: 'assistant', content: asked.content }, { role: 'user', content: [result] }],
    });
    expect(textOf(told)).toMatch(/\S/);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    for (const text of ['Clear at 26 degrees, said the station.', 'sample “text”']) {
      expect(sentText(second)).toContain(text);
    }
  });

  it.each(WAYS)('thinks, and gives the signature back on the next turn, %s', async (_, isStreamed) => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Call get_weather for Taipei.' }];
    const body = {
      model,
      tools: [TOOL],
      max_tokens: 4096,
      thinking: { type: 'enabled', budget_tokens: 2048 },
    } as const;
    scene.upstream.setScript(() => ({ thinks: 'shown' }));
    const asked = await ask(isStreamed, { ...body, tools: [TOOL], messages });
    const thought = asked.content.find((block) => block.type === 'thinking');
    const use = asked.content.find((block) => block.type === 'tool_use');
    expect(thought?.thinking).toBe('Let me think about this.');
    const result: Anthropic.ToolResultBlockParam = {
      type: 'tool_result',
      tool_use_id: use?.id ?? '',
      content: 'Clear.',
    };
    await ask(isStreamed, {
      ...body,
      tools: [TOOL],
      messages: [...messages, { role: 'assistant', content: asked.content }, { role: 'user', content: [result] }],
    });
    const [first, second] = await scene.taken(2);
    const { onFirst, onSecond, comesBack } = THOUGHTS[dialect];
    expectBooked(first, onFirst);
    expectBooked(second, onSecond);
    const text = sentText(second);
    if (comesBack !== 'sealed') expect(text.includes('Let me think about this.')).toBe(comesBack === 'in words');
    // The stand-in refuses a seal that is not its own, so it came back unchanged.
    else expect(text).toContain(SEAL);
    if (dialect === 'gemini-generate') expect(second?.sent?.body).toMatchObject(CALL_WITH_SEAL);
  });

  it('reads a document', async () => {
    await client.messages.create({
      model,
      max_tokens: 100,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', title: 'Report', source: { type: 'base64', media_type: 'application/pdf', data: PDF } },
            { type: 'text', text: 'Sum it up.' },
          ],
        },
      ],
    });
    const [call] = await scene.taken(1);
    expectBooked(call, DOCUMENT_LOSSES[dialect] ?? []);
    if (dialect !== 'ollama-chat') expect(sentText(call)).toContain(PDF);
  });

  it('counts tokens', async () => {
    const { input_tokens } = await client.messages.countTokens({ model, messages: PICTURE });
    expect(input_tokens).toBeGreaterThan(0);
  });

  it('ends a cut stream with an error', async () => {
    scene.upstream.setScript(() => ({ cut: { how: 'reset', unit: 'events', after: 6 } }));
    const stream = client.messages.stream({ model, messages: PICTURE, max_tokens: 100 });
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIError);
    const [call] = await scene.taken(1);
    expect(call?.record).toMatchObject({ status: 'cut' });
  });
});

describe('Anthropic’s package', () => {
  const model = MODEL_OF['openai-chat'];

  it('lists models page by page, and finds one', async () => {
    const ids: string[] = [];
    for await (const { id, type } of client.models.list({ limit: 3 })) {
      expect(type).toBe('model');
      ids.push(id);
    }
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
    const [first = ''] = ids;
    expect(await client.models.retrieve(first)).toMatchObject({ type: 'model', id: first });
  });

  it('takes the key as a bearer token, and the address of its own', async () => {
    const bearer = new Anthropic({
      baseURL: `${scene.hub.address}/anthropic`,
      authToken: scene.secret,
      apiKey: null,
      maxRetries: 0,
    });
    const answer = await bearer.messages.create({ model, messages: PICTURE, max_tokens: 50 });
    expect(answer.role).toBe('assistant');
  });

  it('throws its own errors', async () => {
    const stranger = new Anthropic({ baseURL: scene.hub.address, apiKey: 'sk-hub-wrong', maxRetries: 0 });
    const body = { model, messages: PICTURE, max_tokens: 50 };
    const thrownBy = (call: PromiseLike<unknown>): Promise<unknown> =>
      Promise.resolve(call).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await thrownBy(stranger.messages.create(body))).toMatchObject({
      constructor: Anthropic.AuthenticationError,
      type: 'authentication_error',
    });
    expect(await thrownBy(client.messages.create({ ...body, model: 'nothing' }))).toMatchObject({
      constructor: Anthropic.NotFoundError,
      type: 'not_found_error',
    });
    expect(await thrownBy(client.messages.create({ ...body, max_tokens: -1 }))).toMatchObject({
      constructor: Anthropic.BadRequestError,
      type: 'invalid_request_error',
    });
    expect(await thrownBy(stranger.models.list())).toBeInstanceOf(Anthropic.AuthenticationError);
  });
});

// The last, since a provider's credential that is told to wait is left alone for as long.
describe.each(PROVIDER_DIALECTS)('Anthropic’s package at a provider of %s that is in trouble', (dialect) => {
  const body = { model: MODEL_OF[dialect], messages: PICTURE, max_tokens: 50 };

  it('gets an error of the provider as a server’s error', async () => {
    scene.upstream.setScript(() => ({ instead: { kind: 'status', status: 500 } }));
    await expect(client.messages.create(body)).rejects.toBeInstanceOf(Anthropic.InternalServerError);
  });

  it('gets a rate limit as such, with the time to wait', async () => {
    scene.upstream.setScript(() => ({ instead: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } }));
    const thrown = await client.messages.create(body).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Anthropic.RateLimitError);
    expect(thrown).toMatchObject({ type: 'rate_limit_error' });
    expect(thrown instanceof Anthropic.RateLimitError && thrown.headers.get('retry-after')).toBe('7');
  });
});
