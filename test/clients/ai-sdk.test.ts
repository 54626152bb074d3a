import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, type LanguageModel, type ModelMessage, streamText, tool } from 'ai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectBooked, PIXEL_PNG, sentText } from '../support/expect-booked.ts';
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

/** The AI SDK's ways to call a hub, by what a program writes. */
const WAYS: Readonly<Record<string, (model: string) => LanguageModel>> = {
  'openai(…), which is Responses': (model) => openai()(model),
  'openai.chat(…)': (model) => openai().chat(model),
  'anthropic(…)': (model) => createAnthropic({ baseURL: `${scene.hub.address}/v1`, apiKey: scene.secret })(model),
  'createOpenAICompatible(…)': (model) =>
    createOpenAICompatible({
      name: 'hub',
      baseURL: `${scene.hub.address}/v1`,
      apiKey: scene.secret,
      includeUsage: true,
    })(model),
};
/** Without it the SDK refers to items by their id, which no provider keeps that speaks another format. */
const STATELESS = { openai: { store: false } };

const openai = () => createOpenAI({ baseURL: `${scene.hub.address}/v1`, apiKey: scene.secret });

const PICTURE: ModelMessage[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'What does this show?' },
      { type: 'file', mediaType: 'image/png', data: PIXEL_PNG },
    ],
  },
];
const QUESTION = 'Call get_weather for Taipei.';
const asked: unknown[] = [];
const tools = {
  get_weather: tool({
    description: 'Tells the weather of a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: (input) => {
      asked.push(input);
      return 'Clear at 26 degrees, said the station.';
    },
  }),
};

/** A hint of Anthropic's alone: this client asks for arguments in pieces, which others stream anyway. */
function streamedToolLosses(way: string, dialect: ProviderDialect): readonly string[] {
  return way === 'anthropic(…)' && dialect !== 'anthropic-messages' ? [EAGER] : [];
}

const EAGER = 'tools[].eager_input_streaming';
const SIGNATURE = 'reasoning.signature';
const ENCRYPTED = 'reasoning.encrypted';
const MESSAGES = 'messages.reasoning';
const HINT_ALONE = [[], [], [EAGER], [EAGER]];

/** What is declared as lost when the provider thinks: of two calls at once, then of two streamed ones. */
const THOUGHT_LOSSES: Readonly<Record<string, Partial<Record<ProviderDialect, readonly (readonly string[])[]>>>> = {
  'openai(…), which is Responses': { 'openai-chat': [[], [MESSAGES], [], [MESSAGES]] },
  'openai.chat(…)': {
    'openai-responses': [[ENCRYPTED], [ENCRYPTED], [ENCRYPTED], [ENCRYPTED]],
    'anthropic-messages': [[SIGNATURE], [SIGNATURE], [SIGNATURE], [SIGNATURE]],
    // In a stream the thought has a signature of its own beside that of the call, which comes back in the call's id.
    'gemini-generate': [[], [], [SIGNATURE], [SIGNATURE]],
    'bedrock-converse': [[SIGNATURE], [SIGNATURE], [SIGNATURE], [SIGNATURE]],
  },
  'anthropic(…)': {
    'openai-chat': [[], [MESSAGES], [EAGER], [EAGER]],
    'openai-responses': HINT_ALONE,
    'gemini-generate': HINT_ALONE,
    'bedrock-converse': HINT_ALONE,
    'ollama-chat': HINT_ALONE,
  },
  'createOpenAICompatible(…)': {
    'openai-responses': [[ENCRYPTED], [MESSAGES, ENCRYPTED], [ENCRYPTED], [MESSAGES, ENCRYPTED]],
    'anthropic-messages': [[SIGNATURE], [MESSAGES, SIGNATURE], [SIGNATURE], [MESSAGES, SIGNATURE]],
    'gemini-generate': [[], [], [SIGNATURE], [SIGNATURE]],
    'bedrock-converse': [[SIGNATURE], [MESSAGES, SIGNATURE], [SIGNATURE], [MESSAGES, SIGNATURE]],
  },
};

const CASES = Object.keys(WAYS).flatMap((way) => PROVIDER_DIALECTS.map((dialect) => ({ way, dialect })));

describe.each(CASES)('the AI SDK’s $way at a provider of $dialect', ({ way, dialect }) => {
  const model = (): LanguageModel => {
    const make = WAYS[way];
    if (make === undefined) throw new Error(`there is no ${way}`);
    return make(MODEL_OF[dialect]);
  };
  const common = { providerOptions: STATELESS, maxRetries: 0 } as const;

  it('asks about a picture, and streams the same', async () => {
    const request = { ...common, instructions: 'You describe pictures.', messages: PICTURE, maxOutputTokens: 200 };
    const whole = await generateText({ ...request, model: model() });
    expect(whole.finishReason).toBe('stop');
    expect(whole.warnings ?? []).toEqual([]);
    const streamed = streamText({ ...request, model: model() });
    let text = '';
    for await (const piece of streamed.textStream) text += piece;
    expect(text).toBe(whole.text);
    const [first, second] = await scene.taken(2);
    expectBooked(first);
    expectBooked(second);
    expect(whole.usage.inputTokens).toBe(first?.told?.usage.promptTokens);
    expect(whole.usage.outputTokens).toBe(first?.told?.usage.completionTokens);
    expect((await streamed.usage).inputTokens).toBe(second?.told?.usage.promptTokens);
    expect((await streamed.usage).outputTokens).toBe(second?.told?.usage.completionTokens);
    for (const part of [PIXEL_PNG, 'What does this show?', 'You describe pictures.']) {
      expect(sentText(first)).toContain(part);
    }
  });

  it('uses a tool in two steps, and streams them', async () => {
    const request = { ...common, tools, stopWhen: isStepCount(3), prompt: QUESTION, maxOutputTokens: 400 };
    asked.length = 0;
    const whole = await generateText({ ...request, model: model() });
    const streamed = streamText({ ...request, model: model() });
    expect(await streamed.text).toMatch(/\S/);
    expect(whole.text).toMatch(/\S/);
    expect([whole.steps.length, (await streamed.steps).length]).toEqual([2, 2]);
    expect(asked).toEqual([{ city: 'sample “text”' }, { city: 'sample “text”' }]);
    const calls = await scene.taken(4);
    for (const [index, call] of calls.entries()) expectBooked(call, index < 2 ? [] : streamedToolLosses(way, dialect));
    for (const call of [calls[1], calls[3]]) expect(sentText(call)).toContain('Clear at 26 degrees, said the station.');
  });

  it('shows what was thought', async () => {
    scene.upstream.setScript(() => ({ thinks: 'shown' }));
    const request = { ...common, tools, stopWhen: isStepCount(3), prompt: QUESTION, maxOutputTokens: 400 };
    const whole = await generateText({ ...request, model: model() });
    const streamed = streamText({ ...request, model: model() });
    const thoughts = [whole.steps[0]?.reasoningText, (await streamed.steps)[0]?.reasoningText];
    // OpenAI's own chat format shows no reasoning, so its client does not look for any.
    const shown = way === 'openai.chat(…)' ? undefined : 'Let me think about this.';
    expect(thoughts).toEqual([shown, shown]);
    const calls = await scene.taken(4);
    const losses = THOUGHT_LOSSES[way]?.[dialect] ?? [];
    for (const [index, call] of calls.entries()) expectBooked(call, losses[index]);
  });
});

describe('a conversation of the AI SDK’s openai(…), which refers to what was said by ids unless store is false', () => {
  async function secondTurn(model: string, providerOptions: typeof STATELESS | undefined): Promise<string> {
    const common = {
      model: openai()(model),
      maxRetries: 0,
      ...(providerOptions === undefined ? {} : { providerOptions }),
    };
    const question: ModelMessage = { role: 'user', content: 'My name is Wen.' };
    const first = await generateText({ ...common, messages: [question] });
    const second = await generateText({
      ...common,
      messages: [question, ...first.response.messages, { role: 'user', content: 'Who am I?' }],
    });
    return second.text;
  }

  it.each(PROVIDER_DIALECTS)('goes on with store: false at a provider of %s', async (dialect) => {
    expect(await secondTurn(MODEL_OF[dialect], STATELESS)).toMatch(/\S/);
    const [, call] = await scene.taken(2);
    expectBooked(call);
    expect(sentText(call)).toContain('My name is Wen.');
  });

  it('goes on by ids at a provider that keeps what it said', async () => {
    // By this name the client knows the model as one that does not reason, whose words it refers to.
    expect(await secondTurn('openai-responses/fake-small', undefined)).toMatch(/\S/);
    const [, call] = await scene.taken(2);
    expect(call?.sent?.body).toMatchObject({
      input: expect.arrayContaining([{ type: 'item_reference', id: expect.stringMatching(/^msg_/) }]),
    });
  });

  it('is told what to do where the provider keeps nothing', async () => {
    await expect(secondTurn(MODEL_OF['gemini-generate'], undefined)).rejects.toThrow(/Send the content itself/);
  });
});
