import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { type Aimock, startAimock } from '../support/aimock.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/openai-sdk/chat.ts', import.meta.url));
const CURL_EXAMPLE = fileURLToPath(new URL('../../examples/curl/chat.sh', import.meta.url));
const EXAMPLE_TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** Runs the example against a hub and gives what each step printed. */
async function runExample(
  hub: HubProcess,
  environment: Readonly<Record<string, string>>,
): Promise<Record<string, JsonObject>> {
  const { secret } = await hub.createKey('example');
  const { stdout } = await run(process.execPath, [EXAMPLE], {
    timeout: EXAMPLE_TIMEOUT_MS,
    env: { PATH: process.env['PATH'], HUB_JSON: '1', HUB_URL: hub.address, HUB_KEY: secret, ...environment },
  });
  const steps: Record<string, JsonObject> = {};
  for (const line of stdout.trim().split('\n')) {
    const value = parseJson(line);
    if (isJsonObject(value) && typeof value['step'] === 'string') steps[value['step']] = value;
  }
  return steps;
}

async function usageRecords(hub: HubProcess): Promise<JsonObject[]> {
  const page = await hub.control('GET', '/usage/records?limit=100');
  const data = isJsonObject(page) ? page['data'] : undefined;
  if (!Array.isArray(data)) throw new Error('no usage records');
  // Newest first; the tests read them in the order of the calls.
  return data.filter((row) => isJsonObject(row)).toReversed();
}

const USAGE = { prompt_tokens: 13, completion_tokens: 9, total_tokens: 22 };
const FIXTURES: readonly JsonObject[] = [
  { match: { endpoint: 'embedding' }, response: { embedding: [0.25, -0.5, 0.125, 1] } },
  {
    match: { userMessage: 'weather in Taipei', hasToolResult: false },
    response: { toolCalls: [{ name: 'get_weather', arguments: { city: 'Taipei' } }], usage: USAGE },
  },
  {
    match: { userMessage: 'weather in Taipei', hasToolResult: true },
    response: { content: 'Clear, 26 degrees — 晴朗。', usage: USAGE },
  },
  { match: { endpoint: 'chat' }, response: { content: 'Hello from the stand-in, 你好 👋', usage: USAGE } },
];

describe('the official openai package, through a hub, against an independent stand-in', () => {
  let upstream: Aimock;
  let hub: HubProcess;
  let steps: Record<string, JsonObject>;

  beforeAll(async () => {
    upstream = await startAimock(FIXTURES);
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
    await hub.connectFake(upstream, { name: 'stand-in' });
    steps = await runExample(hub, {
      HUB_MODEL: 'stand-in/gpt-4o',
      HUB_TOOL_MODEL: 'stand-in/gpt-4o',
      HUB_EMBEDDING_MODEL: 'stand-in/text-embedding-3-small',
    });
  });

  afterAll(async () => {
    await hub?.stop();
    await upstream?.stop();
  });

  it('lists the models that the provider lists', () => {
    expect(JSON.stringify(steps['models'])).toContain('gpt-4o');
  });

  it('chats', () => {
    expect(steps['chat']).toMatchObject({
      text: 'Hello from the stand-in, 你好 👋',
      finishReason: 'stop',
      usage: USAGE,
    });
  });

  it('streams the same words in pieces, and the usage that was asked for', () => {
    expect(steps['stream']).toMatchObject({
      text: 'Hello from the stand-in, 你好 👋',
      finishReason: 'stop',
      usage: USAGE,
    });
    expect(Number(steps['stream']?.['pieces'])).toBeGreaterThan(1);
  });

  it('embeds', () => {
    expect(steps['embed']).toMatchObject({ vectors: 1, dimensions: 4, first: 0.25 });
  });

  it('lets the model call a tool and read its result', () => {
    expect(steps['tool']).toMatchObject({
      name: 'get_weather',
      arguments: '{"city":"Taipei"}',
      finishReason: 'tool_calls',
      text: 'Clear, 26 degrees — 晴朗。',
    });
  });

  it('sent the provider its own model names, and no virtual key', async () => {
    const journal = await upstream.journal();
    const chats = journal.filter((entry) => entry['path'] === '/v1/chat/completions');
    expect(chats).toHaveLength(4);
    expect(chats.every((entry) => isJsonObject(entry['body']) && entry['body']['model'] === 'gpt-4o')).toBe(true);
    expect(JSON.stringify(journal)).not.toContain('sk-hub-');
  });

  it('wrote one usage record for each call, with the counts that the provider reported', async () => {
    const records = await usageRecords(hub);
    expect(records.map((record) => [record['operation'], record['streamed'], record['status']])).toEqual([
      ['chat', false, 'success'],
      ['chat', true, 'success'],
      ['embeddings', false, 'success'],
      ['chat', false, 'success'],
      ['chat', false, 'success'],
    ]);
    expect(records[0]).toMatchObject({ usage_basis: 'reported', usage: { input_tokens: 13, output_tokens: 9 } });
    expect(records[1]).toMatchObject({ usage_basis: 'reported', usage: { input_tokens: 13, output_tokens: 9 } });
  });

  it('streams to curl, with quotes and line ends in the question', async () => {
    const { secret } = await hub.createKey('curl');
    const { stdout } = await run('sh', [CURL_EXAMPLE, 'Say "hello"\nand \\ more.'], {
      timeout: EXAMPLE_TIMEOUT_MS,
      env: { PATH: process.env['PATH'], HUB_URL: hub.address, HUB_KEY: secret, HUB_MODEL: 'stand-in/gpt-4o' },
    });
    expect(stdout.trimEnd().endsWith('data: [DONE]')).toBe(true);
    const last = (await upstream.journal()).at(-1);
    expect(last).toMatchObject({ body: { messages: [{ content: 'Say "hello"\nand \\ more.' }] } });
  });
});

const REAL_MODEL_URL = process.env['HUB_TEST_REAL_MODEL_URL'];

describe.skipIf(REAL_MODEL_URL === undefined)(
  `the official openai package, through a hub, against a real model${REAL_MODEL_URL === undefined ? ' (not run: set HUB_TEST_REAL_MODEL_URL)' : ''}`,
  () => {
    let hub: HubProcess;
    let steps: Record<string, JsonObject>;

    beforeAll(async () => {
      const baseUrl = REAL_MODEL_URL ?? '';
      const list = parseJson(await (await fetch(`${baseUrl}/models`)).text());
      const [first] = isJsonObject(list) && Array.isArray(list['data']) ? list['data'] : [];
      if (!isJsonObject(first) || typeof first['id'] !== 'string') throw new Error(`${baseUrl} lists no model`);
      hub = await startHub({ allow: [new URL(baseUrl).host] });
      await hub.connectFake({ baseUrl }, { providerId: 'vllm', name: 'real' });
      const model = `real/${first['id']}`;
      steps = await runExample(hub, { HUB_MODEL: model, HUB_EMBEDDING_MODEL: model });
    });

    afterAll(async () => {
      await hub?.stop();
    });

    it('lists it, chats, streams and embeds', () => {
      expect(Object.keys(steps)).toEqual(['models', 'chat', 'stream', 'embed']);
      expect(steps['chat']?.['text']).toMatch(/\S/);
      expect(Number(steps['stream']?.['pieces'])).toBeGreaterThan(1);
      expect(Number(steps['embed']?.['dimensions'])).toBeGreaterThan(0);
    });

    it('booked the tokens that it counted', async () => {
      const usage = steps['chat']?.['usage'];
      const [record] = await usageRecords(hub);
      const booked = record?.['usage'];
      if (!isJsonObject(usage) || !isJsonObject(booked)) throw new Error('there is no usage to compare');
      expect(booked['output_tokens']).toBe(usage['completion_tokens']);
      expect(record).toMatchObject({ status: 'success', usage_basis: 'reported' });
    });
  },
);
