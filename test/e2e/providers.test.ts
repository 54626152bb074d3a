import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { P } from '../costs/prices.ts';
import { type Behaviour, behaviourOf } from '../support/fake-upstream/behaviour.ts';
import type { ReceivedRequest } from '../support/fake-upstream/journal.ts';
import { asObject, eventually, listOf, textOf, usageRecord } from '../support/hub-calls.ts';
import { PROVIDER_CASES } from './providers/index.ts';
import {
  type DocumentedEnding,
  type DocumentedError,
  ERROR_CLASSES,
  type ErrorClass,
  type ProviderCase,
} from './providers/provider-case.ts';
import { type Connected, credentialOf, type Scene, setScene } from './providers/scene.ts';

/** Every provider that has a page in docs/providers/, through a hub, by the official openai package. */

const THOUGHTS = 6;
const READ = 64;
const WRITTEN_5M = 32;
const WRITTEN_1H = 16;
const QUESTION = [{ role: 'user', content: 'Which way does the tide run?' }] as const;
const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Looks up the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} as const;

/** What the SDK throws for each of the hub's own codes. */
const THROWN: Partial<Record<ErrorCode, abstract new (...all: never[]) => Error>> = {
  'upstream.bad_request': OpenAI.BadRequestError,
  'upstream.not_found': OpenAI.NotFoundError,
  'upstream.rate_limited': OpenAI.RateLimitError,
  'upstream.content_policy': OpenAI.PermissionDeniedError,
  'upstream.credential_rejected': OpenAI.InternalServerError,
  'upstream.error': OpenAI.InternalServerError,
};

let scene: Scene;

beforeAll(async () => {
  scene = await setScene();
});

afterAll(async () => {
  await scene?.close();
});

describe.each(PROVIDER_CASES)('$name', (provider) => {
  const { entry } = provider;
  const model = `${entry}/${provider.model}`;
  let connected: Connected;

  beforeEach(() => {
    connected = scene.of(entry);
    connected.upstream.setScript(undefined);
    connected.upstream.journal.clear();
  });

  const behave = (behaviour: Behaviour): void => connected.upstream.setScript(() => behaviour);

  it('lists its models', async () => {
    const ids: string[] = [];
    for await (const listed of scene.client.models.list()) ids.push(listed.id);
    expect(ids).toContain(provider.publicModel);
    const models = await listOf(scene.hub, `/connections/${connected.connectionId}/models`);
    expect(models.map((row) => row['upstream_model'])).toEqual(
      expect.arrayContaining([provider.model, provider.other]),
    );
    if (provider.models.path === '') return;
    await scene.hub.control('POST', `/connections/${connected.connectionId}/refresh`);
    expect(sent(connected).map(({ path }) => path)).toContain(provider.models.path);
  });

  it('answers a chat', async () => {
    const { data, response } = await scene.client.chat.completions
      .create({ model, messages: [...QUESTION] })
      .withResponse();
    const [choice] = data.choices;
    expect(choice?.message.content).toMatch(/\S/);
    expect(choice?.finish_reason).toBe('stop');
    const [request] = sent(connected);
    expect(request?.path).toBe(provider.chatPath);
    expect(isSignedFor(provider, request)).toBe(true);
    await expectRecord(provider, connected, response, { streamed: false });
  });

  it('streams', async () => {
    const { data, response } = await scene.client.chat.completions
      .create({ model, messages: [...QUESTION], stream: true, stream_options: { include_usage: true } })
      .withResponse();
    const pieces: string[] = [];
    let reason: string | null | undefined;
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of data) {
      const [choice] = chunk.choices;
      if (choice?.delta.content) pieces.push(choice.delta.content);
      reason = choice?.finish_reason ?? reason;
      usage = chunk.usage ?? usage;
    }
    expect(pieces.length).toBeGreaterThan(1);
    expect(reason).toBe('stop');
    const record = await expectRecord(provider, connected, response, { streamed: true });
    expect(usage?.total_tokens).toBe(totalOf(record));
  });

  it('lets the model call a tool, and reads its result on the next turn', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Please get_weather for me.' }];
    const first = await scene.client.chat.completions.create({ model, messages, tools: [WEATHER] });
    const [choice] = first.choices;
    const [call] = choice?.message.tool_calls ?? [];
    if (choice === undefined || call?.type !== 'function') throw new Error('no call');
    expect(choice.finish_reason).toBe('tool_calls');
    expect(call.function.name).toBe('get_weather');
    expect(parseJson(call.function.arguments)).toEqual({ city: 'sample “text”' });
    messages.push(choice.message, { role: 'tool', tool_call_id: call.id, content: 'Clear, 26 degrees.' });
    const { data, response } = await scene.client.chat.completions
      .create({ model, messages, tools: [WEATHER] })
      .withResponse();
    expect(data.choices[0]?.message.content).toMatch(/\S/);
    expect(sent(connected).at(-1)?.body.toString()).toContain('Clear, 26 degrees.');
    await expectRecord(provider, connected, response, { streamed: false });
  });

  it.each([false, true])('books what was cached and thought, and what it costs (streamed: %s)', async (streamed) => {
    behave(behaviourOf(`any@think+read:${READ}${provider.tellsWrites.map(wordOf).join('')}`));
    const { response } = await ask(model, streamed);
    const record = await expectRecord(provider, connected, response, {
      streamed,
      thinks: true,
      caches: true,
    });
    expect(asObject(record['usage'])['provider_cost_usd']).toBe(provider.toldCostUsd);
  });

  it('answers in the Responses format, too', async () => {
    const { data, response } = await scene.client.responses
      .create({ model, input: 'Which way does the tide run?', store: false })
      .withResponse();
    expect(data.status).toBe('completed');
    expect(data.output_text).toMatch(/\S/);
    expect(sent(connected).at(-1)?.path).toBe(provider.responsesPath);
    await expectRecord(provider, connected, response, { streamed: false });
  });

  describe.each(errorsOf(provider))('%s', (errorClass, documented) => {
    if ('ending' in documented) {
      it('is the end of an answer', async () => {
        behave({ ending: documented.ending });
        const { data, response } = await scene.client.chat.completions
          .create({ model, messages: [...QUESTION] })
          .withResponse();
        expect(data.choices[0]?.finish_reason).toBe('content_filter');
        await expectRecord(provider, connected, response, { streamed: false });
      });
      return;
    }
    if (errorClass === 'credential rejected') {
      it('is the operator’s trouble: the credential is set aside until it works again', async () => {
        behave(failing(documented));
        await expectThrown(ask(model, false), documented);
        const credential = await eventually('credential that is set aside', async () => {
          const row = await credentialOf(scene.hub, connected.connectionId);
          return row['state'] === 'set_aside' && row;
        });
        connected.upstream.setScript(undefined);
        await scene.hub.control('POST', `/credentials/${textOf(credential['id'])}/test`);
        expect(await credentialOf(scene.hub, connected.connectionId)).toMatchObject({ state: 'active' });
        await eventually('answer with the credential that was taken up again', () => isAnswered(model));
      });
      return;
    }
    it.each([false, true])('is thrown as the SDK’s own error (streamed: %s)', async (streamed) => {
      behave(failing(documented));
      const error = await expectThrown(ask(model, streamed), documented);
      const record = await usageRecord(scene.hub, error.requestID ?? undefined);
      expect(record).toMatchObject({ provider_id: entry, status: 'upstream_error', error_code: documented.code });
      expect(record['cost_nano_usd']).toBe('0');
    });
  });
});

/** The classes of errors that a provider has. */
function errorsOf({ errors }: ProviderCase): (readonly [ErrorClass, DocumentedError | DocumentedEnding])[] {
  return ERROR_CLASSES.flatMap((errorClass) => {
    const documented = errors[errorClass];
    return 'none' in documented ? [] : [[errorClass, documented] as const];
  });
}

/** A chat, read to its end. */
async function ask(model: string, streamed: boolean): Promise<{ readonly response: Response }> {
  if (!streamed) return scene.client.chat.completions.create({ model, messages: [...QUESTION] }).withResponse();
  const { data, response } = await scene.client.chat.completions
    .create({ model, messages: [...QUESTION], stream: true })
    .withResponse();
  for await (const _chunk of data);
  return { response };
}

async function isAnswered(model: string): Promise<boolean> {
  return ask(model, false).then(
    () => true,
    () => false,
  );
}

function failing({ status, headers, body }: DocumentedError): Behaviour {
  return {
    instead: { kind: 'status', status, body: JSON.stringify(body), ...(headers === undefined ? {} : { headers }) },
  };
}

async function expectThrown(
  asked: Promise<unknown>,
  documented: DocumentedError,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error(`not an error of the SDK: ${String(error)}`);
  expect(error).toBeInstanceOf(THROWN[documented.code]);
  expect(error.code).toBe(documented.code);
  expect(error.headers?.get('retry-after') ?? undefined).toBe(documented.retryAfter?.toString());
  return error;
}

/** Holds the usage record of a call against what the provider said, class by class, and against the price of each. */
async function expectRecord(
  provider: ProviderCase,
  connected: Connected,
  response: Response,
  expected: { readonly streamed: boolean; readonly thinks?: boolean; readonly caches?: boolean },
): Promise<JsonObject> {
  const record = await usageRecord(scene.hub, response.headers.get('x-request-id') ?? undefined);
  const told = await connected.toldOf(sent(connected).at(-1)?.answerId);
  const counts = countsOf(provider, told.usage, expected);
  const usage = asObject(record['usage']);
  const booked = Object.fromEntries(Object.keys(counts).map((name) => [name, usage[name] ?? 0]));
  expect(booked).toEqual(counts);
  expect(record).toMatchObject({
    provider_id: provider.entry,
    requested_model: `${provider.entry}/${provider.model}`,
    routed_model: provider.model,
    streamed: expected.streamed,
    status: 'success',
    usage_basis: 'reported',
    priced: true,
    cost_nano_usd: costOf(counts).toString(),
  });
  expect(record['served_model']).toBe(provider.namesModel ? provider.model : undefined);
  return record;
}

type Counts = {
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_5m_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
};

/** The classes that the provider tells, out of all that it counted. */
function countsOf(
  { tellsCached, tellsReasoning, tellsWrites }: ProviderCase,
  told: { readonly promptTokens: number; readonly completionTokens: number },
  { thinks = false, caches = false }: { readonly thinks?: boolean; readonly caches?: boolean },
): Counts {
  const read = tellsCached && caches ? READ : 0;
  const write5m = caches && tellsWrites.includes('write5m') ? WRITTEN_5M : 0;
  const write1h = caches && tellsWrites.includes('write1h') ? WRITTEN_1H : 0;
  const thought = tellsReasoning && thinks ? THOUGHTS : 0;
  return {
    input_tokens: told.promptTokens - read - write5m - write1h,
    cached_input_tokens: read,
    cache_write_5m_tokens: write5m,
    cache_write_1h_tokens: write1h,
    output_tokens: told.completionTokens - thought,
    reasoning_tokens: thought,
  };
}

function costOf(counts: Counts): bigint {
  return (
    BigInt(counts.input_tokens) * P.input +
    BigInt(counts.cached_input_tokens) * P.cachedInput +
    BigInt(counts.cache_write_5m_tokens) * P.cacheWrite5m +
    BigInt(counts.cache_write_1h_tokens) * P.cacheWrite1h +
    BigInt(counts.output_tokens) * P.output +
    BigInt(counts.reasoning_tokens) * P.reasoning
  );
}

function totalOf(record: JsonObject): number {
  const usage = isJsonObject(record['usage']) ? record['usage'] : {};
  return Object.values(usage).reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
}

function wordOf(write: 'write5m' | 'write1h'): string {
  return `+${write}:${write === 'write5m' ? WRITTEN_5M : WRITTEN_1H}`;
}

function sent({ upstream }: Connected): readonly ReceivedRequest[] {
  return upstream.journal.entries();
}

/** Whether a request carries its credential where the provider looks for it. */
function isSignedFor({ entry, secret }: ProviderCase, request: ReceivedRequest | undefined): boolean {
  const { authorization, ...headers } = request?.headers ?? {};
  if (secret === '') return authorization === undefined;
  if (entry === 'anthropic') return headers['x-api-key'] === secret && authorization === undefined;
  if (entry === 'amazon-bedrock') return authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
  return authorization === `Bearer ${secret}`;
}
