import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectBooked, PIXEL_PNG, sentText } from '../support/expect-booked.ts';
import { MODEL_OF, PROVIDER_DIALECTS, type ProviderScene, setProviderScene } from '../support/provider-scene.ts';

let scene: ProviderScene;
let client: OpenAI;

beforeAll(async () => {
  scene = await setProviderScene();
  client = new OpenAI({ baseURL: `${scene.hub.address}/v1`, apiKey: scene.secret, maxRetries: 0 });
});

afterAll(async () => {
  await scene?.close();
});

beforeEach(() => scene.begin());

const PICTURE: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'You describe pictures.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What does this show?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL_PNG}` } },
    ],
  },
];

describe.each(PROVIDER_DIALECTS)('the openai package, chat, at a provider of %s', (dialect) => {
  const model = MODEL_OF[dialect];

  it('asks about a picture', async () => {
    const answer = await client.chat.completions.create({ model, messages: PICTURE, max_completion_tokens: 200 });
    const [choice] = answer.choices;
    expect(choice).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant' } });
    const [call] = await scene.taken(1);
    expectBooked(call);
    expect(answer.model).not.toBe('');
    expect(answer.usage?.total_tokens).toBe(
      (call?.told?.usage.promptTokens ?? 0) + (call?.told?.usage.completionTokens ?? 0),
    );
    for (const text of [PIXEL_PNG, 'What does this show?', 'You describe pictures.', '200']) {
      expect(sentText(call)).toContain(text);
    }
  });

  it('streams the same, with the usage that it asks for', async () => {
    const whole = await client.chat.completions.create({ model, messages: PICTURE });
    const stream = client.chat.completions.stream({
      model,
      messages: PICTURE,
      stream_options: { include_usage: true },
    });
    let pieces = 0;
    stream.on('content', () => (pieces += 1));
    const answer = await stream.finalChatCompletion();
    expect(answer.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.total_tokens).toBe(whole.usage?.total_tokens);
    expect(pieces).toBeGreaterThan(1);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(second?.record).toMatchObject({ streamed: true });
  });

  it.each([
    ['at once', false],
    ['streamed', true],
  ])('lets runTools call a function and read its result, %s', async (_, isStreamed) => {
    const asked: unknown[] = [];
    const tools = [
      {
        type: 'function' as const,
        function: {
          name: 'get_weather',
          description: 'Tells the weather of a city.',
          parameters: {
            type: 'object',
            properties: { city: { type: 'string' }, days: { type: 'integer' } },
            required: ['city'],
          },
          parse: (text: string): unknown => JSON.parse(text),
          function: (given: unknown) => {
            asked.push(given);
            return 'Clear at 26 degrees, said the station.';
          },
        },
      },
    ];
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Call get_weather for Taipei.' }];
    const runner = isStreamed
      ? client.chat.completions.runTools({ model, messages, tools, stream: true })
      : client.chat.completions.runTools({ model, messages, tools });
    const answer = await runner.finalContent();
    expect(asked).toEqual([{ city: 'sample “text”', days: 7 }]);
    expect(answer).toMatch(/\S/);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(sentText(first)).toContain('Tells the weather of a city.');
    expect(sentText(second)).toContain('Clear at 26 degrees, said the station.');
    expect(sentText(second)).toContain('sample “text”');
  });

  it('ends a cut stream with an error', async () => {
    scene.upstream.setScript(() => ({ cut: { how: 'reset', unit: 'events', after: 6 } }));
    const stream = await client.chat.completions.create({ model, messages: PICTURE, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow();
    const [call] = await scene.taken(1);
    expect(call?.record).toMatchObject({ status: 'cut' });
  });
});

describe('the openai package', () => {
  it('lists and finds the models of every provider', async () => {
    const ids: string[] = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toContain('gpt-5-mini');
    expect(await client.models.retrieve(MODEL_OF['gemini-generate'])).toMatchObject({ object: 'model' });
  });

  it.each(['openai-chat/fake-embed', 'gemini-generate/fake-embed', 'ollama-chat/fake-embed'])(
    'embeds with %s',
    async (model) => {
      const { data, usage } = await client.embeddings.create({ model, input: ['one text', 'another'] });
      expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
        [0, 64],
        [1, 64],
      ]);
      expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
      expect(usage.total_tokens).toBeGreaterThan(0);
      const [call] = await scene.taken(1);
      expect(call?.record).toMatchObject({ operation: 'embeddings', status: 'success' });
    },
  );

  it('throws its own errors for a wrong key and an unknown model', async () => {
    const stranger = new OpenAI({ baseURL: `${scene.hub.address}/v1`, apiKey: 'sk-hub-wrong', maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(client.chat.completions.create({ model: 'nothing', messages: PICTURE })).rejects.toMatchObject({
      constructor: OpenAI.NotFoundError,
      code: expect.stringMatching(/model/),
    });
    await expect(
      // A temperature that is no number, as a program without types sends it.
      client.chat.completions.create({
        model: MODEL_OF['anthropic-messages'],
        messages: PICTURE,
        temperature: 'hot' as unknown as number,
      }),
    ).rejects.toMatchObject({ constructor: OpenAI.BadRequestError, param: 'temperature' });
  });
});

// The last, since a provider's credential that is told to wait is left alone for as long.
describe.each(PROVIDER_DIALECTS)('the openai package, chat, at a provider of %s that is overrun', (dialect) => {
  const model = MODEL_OF[dialect];

  it('reports a rate limit as its own error, with the time to wait', async () => {
    scene.upstream.setScript(() => ({ instead: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } }));
    const thrown = await client.chat.completions.create({ model, messages: PICTURE }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
    expect(thrown).toMatchObject({ status: 429 });
    expect(thrown instanceof OpenAI.RateLimitError && thrown.headers.get('retry-after')).toBe('7');
    const [call] = await scene.taken(1);
    expect(call?.record).toMatchObject({ status: 'upstream_error', http_status: 429 });
  });
});
