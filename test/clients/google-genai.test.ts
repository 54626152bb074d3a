import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type GenerateContentResponse,
  GoogleGenAI,
  Type,
} from '@google/genai';
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
let client: GoogleGenAI;

beforeAll(async () => {
  scene = await setProviderScene();
  client = clientAt(scene.hub.address, scene.secret);
});

afterAll(async () => {
  await scene?.close();
});

beforeEach(() => scene.begin());

function clientAt(baseUrl: string, apiKey: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
}

const PICTURE: Content[] = [
  {
    role: 'user',
    parts: [{ inlineData: { mimeType: 'image/png', data: PIXEL_PNG } }, { text: 'What does this show?' }],
  },
];
const QUESTION = 'Call get_weather for Taipei.';
const TOOLS = [
  {
    functionDeclarations: [
      {
        name: 'get_weather',
        description: 'Tells the weather of a city.',
        parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
      },
    ],
  },
];
/** What every text begins with that only the stand-in can read. */
const SEAL = Buffer.from('fake-upstream seal').toString('base64');

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
    onFirst: ['reasoning.budgetTokens', 'reasoning.summary'],
    onSecond: ['messages.reasoning', 'reasoning.budgetTokens', 'reasoning.summary'],
  },
  'openai-responses': {
    comesBack: 'sealed',
    onFirst: ['reasoning.budgetTokens'],
    onSecond: ['reasoning.budgetTokens'],
  },
  'anthropic-messages': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'gemini-generate': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'bedrock-converse': { comesBack: 'sealed', onFirst: [], onSecond: [] },
  'ollama-chat': { comesBack: 'in words', onFirst: ['reasoning.budgetTokens'], onSecond: ['reasoning.budgetTokens'] },
};

const WAYS = [
  ['at once', false],
  ['streamed', true],
] as const;

describe.each(PROVIDER_DIALECTS)('Google’s package at a provider of %s', (dialect) => {
  const model = MODEL_OF[dialect];

  it('asks about a picture, and streams the same', async () => {
    const request = {
      model,
      contents: PICTURE,
      config: { systemInstruction: 'You describe pictures.', maxOutputTokens: 200 },
    };
    const whole = await client.models.generateContent(request);
    expect(whole.text).toMatch(/\S/);
    expect(whole.candidates?.[0]?.finishReason).toBe('STOP');
    const pieces: GenerateContentResponse[] = [];
    for await (const piece of await client.models.generateContentStream(request)) pieces.push(piece);
    expect(pieces.map((piece) => piece.text ?? '').join('')).toBe(whole.text);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP');
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    for (const [answer, call] of [
      [whole, first],
      [pieces.at(-1), second],
    ] as const) {
      expect(answer?.usageMetadata?.promptTokenCount).toBe(call?.told?.usage.promptTokens);
      expect(answer?.usageMetadata?.candidatesTokenCount).toBe(call?.told?.usage.completionTokens);
    }
    for (const said of [PIXEL_PNG, 'What does this show?', 'You describe pictures.']) {
      expect(sentText(first)).toContain(said);
    }
  });

  it.each(WAYS)('uses a tool in a chat that keeps its own history, %s', async (_, isStreamed) => {
    scene.upstream.setScript(() => ({ thinks: 'shown' }));
    const chat = client.chats.create({
      model,
      config: { tools: TOOLS, thinkingConfig: { thinkingBudget: 2048, includeThoughts: true }, maxOutputTokens: 4096 },
    });
    const say = async (message: Parameters<typeof chat.sendMessage>[0]['message']) => {
      if (!isStreamed) return [await chat.sendMessage({ message })];
      const pieces: GenerateContentResponse[] = [];
      for await (const piece of await chat.sendMessageStream({ message })) pieces.push(piece);
      return pieces;
    };
    const asked = await say(QUESTION);
    const [call, ...others] = asked.flatMap((piece) => piece.functionCalls ?? []);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ name: 'get_weather', args: { city: 'sample “text”' } });
    const thoughts = asked
      .flatMap((piece) => piece.candidates?.[0]?.content?.parts ?? [])
      .filter((part) => part.thought);
    expect(thoughts.map(({ text }) => text).join('')).toBe('Let me think about this.');
    const output = 'Clear at 26 degrees, said the station.';
    const response = { ...(call?.id === undefined ? {} : { id: call.id }), name: 'get_weather', response: { output } };
    const told = await say({ functionResponse: response });
    expect(told.map(({ text }) => text ?? '').join('')).toMatch(/\S/);
    const [first, second] = await scene.taken(2);
    const { onFirst, onSecond, comesBack } = THOUGHTS[dialect];
    expectBooked(first, onFirst);
    expectBooked(second, onSecond);
    const text = sentText(second);
    expect(text).toContain('Clear at 26 degrees, said the station.');
    // The stand-in refuses a seal that is not its own, so it came back unchanged.
    if (comesBack === 'sealed') expect(text).toContain(SEAL);
    else expect(text.includes('Let me think about this.')).toBe(comesBack === 'in words');
  });

  it('has the model call a function, and answer by a schema', async () => {
    const called = await client.models.generateContent({
      model,
      contents: QUESTION,
      config: { tools: TOOLS, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } } },
    });
    expect(called.functionCalls).toMatchObject([{ name: 'get_weather' }]);
    const schema = { type: Type.OBJECT, properties: { harbour: { type: Type.STRING } }, required: ['harbour'] };
    await client.models.generateContent({
      model,
      contents: 'Which city?',
      config: { responseMimeType: 'application/json', responseSchema: schema },
    });
    const [, second] = await scene.taken(2);
    expectBooked(second);
    expect(sentText(second)).toContain('harbour');
  });

  it('counts tokens', async () => {
    const { totalTokens } = await client.models.countTokens({ model, contents: PICTURE });
    expect(totalTokens).toBeGreaterThan(0);
  });

  it('throws on a stream that is cut', async () => {
    scene.upstream.setScript(() => ({ cut: { how: 'reset', unit: 'events', after: 3 } }));
    const read = async (): Promise<void> => {
      for await (const piece of await client.models.generateContentStream({ model, contents: PICTURE })) void piece;
    };
    await expect(read()).rejects.toMatchObject({ name: 'ApiError', status: 502 });
    const [call] = await scene.taken(1);
    expect(call?.record).toMatchObject({ status: 'cut' });
  });
});

describe('Google’s package', () => {
  const model = MODEL_OF['openai-chat'];

  it('lists models page by page, and finds one', async () => {
    const names: string[] = [];
    for await (const { name } of await client.models.list({ config: { pageSize: 3 } })) names.push(name ?? '');
    expect(names.length).toBeGreaterThan(3);
    expect(new Set(names).size).toBe(names.length);
    const [first = ''] = names;
    expect(await client.models.get({ model: first })).toMatchObject({ name: first });
  });

  it.each(['gemini-generate', 'openai-chat'] as const)('makes vectors at a provider of %s', async (dialect) => {
    const { embeddings } = await client.models.embedContent({
      model: `${dialect}/fake-embed`,
      contents: ['High tide.', 'Low tide.'],
    });
    expect(embeddings?.map(({ values }) => (values?.length ?? 0) > 0)).toEqual([true, true]);
  });

  it('takes the address of its own', async () => {
    const answer = await clientAt(`${scene.hub.address}/gemini`, scene.secret).models.generateContent({
      model,
      contents: 'Say something.',
    });
    expect(answer.text).toMatch(/\S/);
  });

  it('throws its own errors, with the hub’s code in them', async () => {
    const stranger = clientAt(scene.hub.address, 'sk-hub-wrong');
    const body = { model, contents: 'Say something.' };
    const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );
    const errors = await Promise.all([
      thrownBy(stranger.models.generateContent(body)),
      thrownBy(client.models.generateContent({ ...body, model: 'nothing' })),
      thrownBy(client.models.generateContent({ ...body, config: { maxOutputTokens: -1 } })),
      thrownBy(stranger.models.list()),
    ]);
    expect(errors.every((error) => error instanceof ApiError)).toBe(true);
    const seen = errors.map((error) =>
      error instanceof ApiError ? [error.status, /"reason":"([a-z._]+)"/.exec(error.message)?.[1]] : [],
    );
    expect(seen).toEqual([
      [401, 'auth.key_unknown'],
      [404, 'model.not_found'],
      [400, 'request.invalid'],
      [401, 'auth.key_unknown'],
    ]);
  });
});
