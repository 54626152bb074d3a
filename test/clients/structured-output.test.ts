import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, type LanguageModel, Output, streamText } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Aimock, startAimock } from '../support/aimock.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF, PROVIDER_DIALECTS } from '../support/provider-scene.ts';
import { startTap, type Tap } from '../support/tap.ts';

/** Answers that fit a schema, from a stand-in of other people that answers what it is told. */

let aimock: Aimock;
let tap: Tap;
let hub: HubProcess;
let secret: string;

const QUESTION = 'What is the weather in Hualien?';
const WEATHER = { city: 'Hualien', celsius: 24.5 };
const Weather = z.object({ city: z.string(), celsius: z.number() });

beforeAll(async () => {
  aimock = await startAimock([{ match: { userMessage: QUESTION }, response: { content: JSON.stringify(WEATHER) } }]);
  tap = await startTap(new URL(aimock.baseUrl).origin);
  hub = await startHub({ allow: [`127.0.0.1:${tap.port}`] });
  await connectDialects(hub, tap.url, 'unlisted');
  ({ secret } = await hub.createKey());
});

afterAll(async () => {
  await hub?.stop();
  await tap?.close();
  await aimock?.stop();
});

const baseURL = () => `${hub.address}/v1`;
const WAYS: Readonly<Record<string, (model: string) => LanguageModel>> = {
  'openai(…)': (model) => createOpenAI({ baseURL: baseURL(), apiKey: secret })(model),
  'openai.chat(…)': (model) => createOpenAI({ baseURL: baseURL(), apiKey: secret }).chat(model),
  'anthropic(…)': (model) => createAnthropic({ baseURL: baseURL(), apiKey: secret })(model),
};

describe.each(PROVIDER_DIALECTS)('an answer that fits a schema, from a provider of %s', (dialect) => {
  it.each(Object.entries(WAYS))('is read by the AI SDK’s %s, at once and streamed', async (_, make) => {
    const request = {
      model: make(MODEL_OF[dialect]),
      output: Output.object({ schema: Weather, name: 'weather' }),
      prompt: QUESTION,
      maxOutputTokens: 300,
      maxRetries: 0,
      providerOptions: { openai: { store: false } },
    };
    expect((await generateText(request)).output).toEqual(WEATHER);
    expect(tap.exchanges.at(-1)?.body).toContain('celsius');
    const streamed = streamText(request);
    expect(await streamed.output).toEqual(WEATHER);
    expect(tap.exchanges.at(-1)?.body).toContain('celsius');
  });

  it.each([false, true])('is read by LangChain, with useResponsesApi %s', async (useResponsesApi) => {
    const model = new ChatOpenAI({
      model: MODEL_OF[dialect],
      apiKey: secret,
      configuration: { baseURL: baseURL() },
      maxRetries: 0,
      useResponsesApi,
      zdrEnabled: true,
    });
    const structured = model.withStructuredOutput(Weather, { name: 'weather', method: 'jsonSchema' });
    expect(await structured.invoke(QUESTION)).toEqual(WEATHER);
    expect(tap.exchanges.at(-1)?.body).toContain('celsius');
  });
});
