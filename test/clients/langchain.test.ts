import { AIMessage, type AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectBooked, PIXEL_PNG, sentText } from '../support/expect-booked.ts';
import { MODEL_OF, PROVIDER_DIALECTS, type ProviderScene, setProviderScene } from '../support/provider-scene.ts';

let scene: ProviderScene;

beforeAll(async () => {
  scene = await setProviderScene();
});

afterAll(async () => {
  await scene?.close();
});

beforeEach(() => scene.begin());

const PICTURE = [
  new SystemMessage('You describe pictures.'),
  new HumanMessage({
    content: [
      { type: 'text', text: 'What does this show?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL_PNG}` } },
    ],
  }),
];
const weather = tool(() => 'Clear at 26 degrees, said the station.', {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  schema: z.object({ city: z.string() }),
});

const CASES = [false, true].flatMap((useResponsesApi) =>
  PROVIDER_DIALECTS.map((dialect) => ({
    dialect,
    useResponsesApi,
    format: useResponsesApi ? 'Responses' : 'chat',
  })),
);

describe.each(CASES)('LangChain’s ChatOpenAI, $format, at a provider of $dialect', ({ dialect, useResponsesApi }) => {
  const model = (): ChatOpenAI =>
    new ChatOpenAI({
      model: MODEL_OF[dialect],
      apiKey: scene.secret,
      configuration: { baseURL: `${scene.hub.address}/v1` },
      maxRetries: 0,
      maxTokens: 300,
      useResponsesApi,
      // Without it Responses refers to items by their id, which no provider keeps that speaks another format.
      zdrEnabled: true,
    });

  it('asks about a picture, and streams the same', async () => {
    const whole = await model().invoke(PICTURE);
    const pieces: AIMessageChunk[] = [];
    for await (const piece of await model().stream(PICTURE)) pieces.push(piece);
    const last = pieces.reduce((all, piece) => all.concat(piece));
    expect(last.text).toBe(whole.text);
    expect(pieces.length).toBeGreaterThan(2);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(whole.usage_metadata).toMatchObject({
      input_tokens: first?.told?.usage.promptTokens,
      output_tokens: first?.told?.usage.completionTokens,
    });
    expect(last.usage_metadata).toMatchObject({
      input_tokens: second?.told?.usage.promptTokens,
      output_tokens: second?.told?.usage.completionTokens,
    });
    for (const part of [PIXEL_PNG, 'What does this show?', 'You describe pictures.']) {
      expect(sentText(first)).toContain(part);
    }
  });

  it.each(['at once', 'streamed'])('binds a tool and hands its result back, %s', async (how) => {
    const bound = model().bindTools([weather]);
    const ask = async (messages: Parameters<typeof bound.invoke>[0]): Promise<AIMessage> => {
      if (how === 'at once') return bound.invoke(messages);
      const pieces: AIMessageChunk[] = [];
      for await (const piece of await bound.stream(messages)) pieces.push(piece);
      return pieces.reduce((all, piece) => all.concat(piece));
    };
    const question = new HumanMessage('Call get_weather for Taipei.');
    const asked = await ask([question]);
    const [call] = asked.tool_calls ?? [];
    expect(call).toMatchObject({ name: 'get_weather', args: { city: 'sample “text”' } });
    if (call === undefined) throw new Error('no tool was called');
    const result: ToolMessage = await weather.invoke({ ...call, type: 'tool_call' });
    const told = await ask([question, asked, result]);
    expect(told.text).toMatch(/\S/);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(sentText(second)).toContain('Clear at 26 degrees, said the station.');
  });

  it('makes the model answer by a function that has the wanted form', async () => {
    const structured = model().withStructuredOutput(z.object({ city: z.string() }), {
      name: 'weather',
      method: 'functionCalling',
    });
    expect(await structured.invoke('The weather of Hualien.')).toEqual({ city: 'sample “text”' });
    const [call] = await scene.taken(1);
    expectBooked(call, dialect === 'ollama-chat' ? ['toolChoice'] : []);
  });
});

describe('LangChain’s OpenAIEmbeddings', () => {
  it.each(['openai-chat/fake-embed', 'gemini-generate/fake-embed', 'ollama-chat/fake-embed'])(
    'embeds with %s',
    async (model) => {
      const embeddings = new OpenAIEmbeddings({
        model,
        apiKey: scene.secret,
        configuration: { baseURL: `${scene.hub.address}/v1` },
        maxRetries: 0,
      });
      const vectors = await embeddings.embedDocuments(['one text', 'another']);
      expect(vectors.map((vector) => vector.length)).toEqual([64, 64]);
    },
  );
});
