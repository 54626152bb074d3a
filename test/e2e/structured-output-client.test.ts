import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Aimock, startAimock } from '../support/aimock.ts';
import { asObject, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF, PROVIDER_DIALECTS, type ProviderDialect } from '../support/provider-scene.ts';
import { startTap, type Tap } from '../support/tap.ts';

/** The parsing helpers of both vendors' packages, against a stand-in of other people that answers what it is told. */

let aimock: Aimock;
let tap: Tap;
let hub: HubProcess;
let openai: OpenAI;
let anthropic: Anthropic;

const QUESTION = 'What is the weather in Hualien?';
const WEATHER = { city: 'Hualien', celsius: 24.5 };
const Weather = z.object({ city: z.string(), celsius: z.number() });

beforeAll(async () => {
  aimock = await startAimock([
    {
      match: { userMessage: QUESTION },
      response: {
        content: JSON.stringify(WEATHER),
        usage: { prompt_tokens: 21, completion_tokens: 11, total_tokens: 32, input_tokens: 21, output_tokens: 11 },
      },
    },
  ]);
  tap = await startTap(new URL(aimock.baseUrl).origin);
  hub = await startHub({ allow: [`127.0.0.1:${tap.port}`] });
  await connectDialects(hub, tap.url, 'unlisted');
  const { secret } = await hub.createKey();
  openai = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: hub.address, apiKey: secret, maxRetries: 0 });
});

afterAll(async () => {
  await hub?.stop();
  await tap?.close();
  await aimock?.stop();
});

/** What the provider was asked last: the schema is in it, wherever the format has its place. */
function lastSent(): string {
  return tap.exchanges.at(-1)?.body ?? '';
}

/** The stand-in counts nothing in Ollama's format. */
const usageOf = (dialect: ProviderDialect) =>
  dialect === 'ollama-chat' ? { input_tokens: 0, output_tokens: 0 } : { input_tokens: 21, output_tokens: 11 };

async function lastUsage(): Promise<unknown> {
  const [record] = await usageRecords(hub);
  return asObject(record)['usage'];
}

describe.each(PROVIDER_DIALECTS)('an answer that fits a schema, from a provider of %s', (dialect) => {
  const model = MODEL_OF[dialect];

  it('is parsed by the openai package, in chat', async () => {
    const answer = await openai.chat.completions.parse({
      model,
      messages: [{ role: 'user', content: QUESTION }],
      response_format: zodResponseFormat(Weather, 'weather'),
    });
    expect(answer.choices[0]?.message.parsed).toEqual(WEATHER);
    expect(lastSent()).toContain('celsius');
    expect(await lastUsage()).toMatchObject(usageOf(dialect));
  });

  it('is parsed by the openai package, in a stream', async () => {
    const stream = openai.chat.completions.stream({
      model,
      messages: [{ role: 'user', content: QUESTION }],
      response_format: zodResponseFormat(Weather, 'weather'),
    });
    expect((await stream.finalChatCompletion()).choices[0]?.message.parsed).toEqual(WEATHER);
    expect(await lastUsage()).toMatchObject(usageOf(dialect));
  });

  it('is parsed by the openai package, in Responses, whole and streamed', async () => {
    const body = { model, input: QUESTION, store: false, text: { format: zodTextFormat(Weather, 'weather') } };
    expect((await openai.responses.parse(body)).output_parsed).toEqual(WEATHER);
    expect((await openai.responses.stream({ ...body, stream: true }).finalResponse()).output_parsed).toEqual(WEATHER);
    expect(lastSent()).toContain('celsius');
    expect(await lastUsage()).toMatchObject(usageOf(dialect));
  });

  it('is parsed by Anthropic’s package', async () => {
    const answer = await anthropic.messages.parse({
      model,
      max_tokens: 200,
      messages: [{ role: 'user', content: QUESTION }],
      output_config: { format: zodOutputFormat(Weather) },
    });
    expect(answer.parsed_output).toEqual(WEATHER);
    expect(lastSent()).toContain('celsius');
    expect(await lastUsage()).toMatchObject(usageOf(dialect));
  });
});
