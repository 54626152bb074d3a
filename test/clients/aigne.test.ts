import { AIGNEHubChatModel, AIGNEHubImageModel, AIGNEHubVideoModel } from '@aigne/aigne-hub';
import { isAgentResponseDelta } from '@aigne/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectBooked, PIXEL_PNG, sentText } from '../support/expect-booked.ts';
import { PNG_BASE64 } from '../support/fake-upstream/media-images.ts';
import { FILM } from '../support/fake-upstream/media-videos.ts';
import {
  MODEL_OF,
  PROVIDER_DIALECTS,
  type ProviderDialect,
  type ProviderScene,
  setProviderScene,
} from '../support/provider-scene.ts';

let scene: ProviderScene;

beforeAll(async () => {
  scene = await setProviderScene();
});

afterAll(async () => {
  await scene?.close();
});

beforeEach(() => scene.begin());

afterEach(() => {
  // The client's list of models knows this variable alone.
  delete process.env['AIGNE_HUB_API_URL'];
});

const connected = () => ({ baseURL: scene.hub.address, apiKey: scene.secret });
const chatModel = (model: string) => new AIGNEHubChatModel({ ...connected(), model: `aignehub/${model}` });

type Input = Parameters<AIGNEHubChatModel['invoke']>[0];
type Messages = Input['messages'];

const PICTURE: Messages = [
  { role: 'system', content: 'You describe pictures.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What does this show?' },
      { type: 'file', data: PIXEL_PNG, mimeType: 'image/png' },
    ],
  },
];
const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'Tells the weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

/** What every text begins with that only the stand-in can read. */
const SEAL = Buffer.from('fake-upstream seal').toString('base64');

/** What is declared as lost of an answer in words that was thought over. */
const LOSSES: Readonly<Record<ProviderDialect, readonly string[]>> = {
  'openai-chat': ['messages.reasoning'],
  'openai-responses': ['reasoning.encrypted'],
  'anthropic-messages': ['reasoning.signature'],
  'gemini-generate': ['reasoning.signature'],
  'bedrock-converse': ['reasoning.signature'],
  'ollama-chat': [],
};

/** What a test looks at in an answer. */
type Answer = Partial<Pick<Awaited<ReturnType<typeof invoke>>, 'text' | 'thoughts' | 'toolCalls' | 'usage'>>;

function invoke(model: string, input: Input) {
  return chatModel(model).invoke(input);
}

/** Asks and gives the whole answer, by either way. */
async function ask(how: string, model: string, input: Input): Promise<Answer> {
  if (how === 'at once') return invoke(model, input);
  const stream = await chatModel(model).invoke(input, { streaming: true });
  let whole: Answer = {};
  for await (const chunk of stream) {
    if (!isAgentResponseDelta(chunk)) continue;
    const { text, thoughts } = chunk.delta.text ?? {};
    whole = { ...whole, ...chunk.delta.json };
    if (text !== undefined) whole.text = `${whole.text ?? ''}${text}`;
    if (thoughts !== undefined) whole.thoughts = `${whole.thoughts ?? ''}${thoughts}`;
  }
  return whole;
}

describe.each(PROVIDER_DIALECTS)('@aigne/aigne-hub at a provider of %s', (dialect) => {
  const model = MODEL_OF[dialect];

  it.each(['at once', 'streamed'])('asks about a picture, %s', async (how) => {
    const answer = await ask(how, model, { messages: PICTURE });
    expect(answer.text).toMatch(/\S/);
    const [call] = await scene.taken(1);
    expectBooked(call);
    expect(answer.usage).toMatchObject({
      inputTokens: call?.told?.usage.promptTokens,
      outputTokens: call?.told?.usage.completionTokens,
    });
    for (const part of [PIXEL_PNG, 'What does this show?', 'You describe pictures.']) {
      expect(sentText(call)).toContain(part);
    }
  });

  it.each(['at once', 'streamed'])('thinks, uses a tool and hands its result back, %s', async (how) => {
    scene.upstream.setScript(() => ({ thinks: 'shown' }));
    const question: Messages[number] = { role: 'user', content: 'Call get_weather for Taipei.' };
    const asked = await ask(how, model, { messages: [question], tools: TOOLS });
    const toolCalls = asked.toolCalls ?? [];
    expect(asked.thoughts).toBe('Let me think about this.');
    expect(toolCalls).toMatchObject([{ function: { name: 'get_weather', arguments: { city: 'sample “text”' } } }]);
    const told = await ask(how, model, {
      tools: TOOLS,
      messages: [
        question,
        { role: 'agent', toolCalls },
        { role: 'tool', toolCallId: toolCalls[0]?.id ?? '', content: 'Clear at 26 degrees, said the station.' },
      ],
    });
    expect(told.text).toMatch(/\S/);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    // What is thought before words, and not before a call, has nothing that carries its signature.
    const isUnsigned = dialect === 'gemini-generate' && how === 'at once';
    expectBooked(second, isUnsigned ? [] : LOSSES[dialect]);
    expect(sentText(second).includes(SEAL)).toBe(dialect !== 'openai-chat' && dialect !== 'ollama-chat');
    expect(sentText(second)).toContain('Clear at 26 degrees, said the station.');
  });
});

describe('@aigne/aigne-hub', () => {
  it('lists the models', async () => {
    process.env['AIGNE_HUB_API_URL'] = scene.hub.address;
    const models = await AIGNEHubChatModel.models();
    expect(models).toContainEqual(
      expect.objectContaining({ model: 'gpt-5-mini', type: 'chat', provider: expect.any(String) }),
    );
  });

  it('reports an error of the hub in its words', async () => {
    await expect(chatModel('openai-chat/nothing').invoke({ messages: PICTURE })).rejects.toThrow(
      'No connected provider serves that model.',
    );
    const stranger = new AIGNEHubChatModel({
      ...connected(),
      apiKey: 'sk-hub-wrong',
      model: 'aignehub/openai-chat/gpt-5-mini',
    });
    await expect(stranger.invoke({ messages: PICTURE })).rejects.toThrow(/key/);
  });
});

describe('@aigne/aigne-hub and media', () => {
  beforeAll(async () => {
    scene.upstream.setModels(['gpt-image-1', 'sora-2']);
    await scene.hub.connectFake(scene.upstream, { providerId: 'openai', name: 'openai' });
  });

  it('draws a picture', async () => {
    const model = new AIGNEHubImageModel({ ...connected(), model: 'aignehub/openai/gpt-image-1' });
    const drawn = await model.invoke({ prompt: 'A lighthouse at dusk.', outputFileType: 'file' });
    expect(drawn.images).toMatchObject([{ type: 'file', data: PNG_BASE64, mimeType: 'image/png' }]);
    const [call] = await scene.taken(1);
    expect(call?.sent?.body).toMatchObject({ model: 'gpt-image-1', prompt: 'A lighthouse at dusk.' });
    expect(call?.record).toMatchObject({ operation: 'images', status: 'success', usage: { image_output_tokens: 272 } });
  });

  it('changes a picture', async () => {
    const model = new AIGNEHubImageModel({ ...connected(), model: 'aignehub/openai/gpt-image-1' });
    const drawn = await model.invoke({
      prompt: 'Make it night.',
      image: [{ type: 'file', data: PIXEL_PNG, mimeType: 'image/png' }],
      outputFileType: 'file',
    });
    expect(drawn.images).toMatchObject([{ type: 'file', data: PNG_BASE64 }]);
    const [call] = await scene.taken(1);
    expect(call?.sent?.path).toBe('/v1/images/edits');
  });

  it('makes a film, which is begun, awaited and fetched behind one call', async () => {
    const model = new AIGNEHubVideoModel({ ...connected(), model: 'aignehub/openai/sora-2' });
    const made = await model.invoke({ prompt: 'Waves.', seconds: '4', outputFileType: 'file' });
    const [film] = made.videos;
    expect(film).toMatchObject({ type: 'file', mimeType: 'video/mp4' });
    expect(film?.type === 'file' && Buffer.from(film.data, 'base64').equals(FILM)).toBe(true);
    expect(made.seconds).toBe(4);
    const records = await scene.taken(1);
    expect(records[0]?.record).toMatchObject({ operation: 'videos', status: 'success', usage: { seconds: 4 } });
  });
});
