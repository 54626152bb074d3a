import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLERS, type CallerKind } from '../support/callers.ts';
import { asObject, callHub, type HubAnswer, requestDetail, textOf, usageRecord } from '../support/hub-calls.ts';
import { MODEL_OF, PROVIDER_DIALECTS, type ProviderDialect } from '../support/provider-scene.ts';
import { setTranslatedScene, type TranslatedScene } from './translated/scene.ts';
import { replay, type UpstreamBytes } from './translated/upstream-bytes.ts';

const CONTENT_EVENTS = 3;
const HOW = ['reset', 'fin', 'end'] as const;

/** Those that say that the answer is finished and then say something more, if only by the end of the body. */
const FINISHES_BEFORE_ITS_END: ReadonlySet<ProviderDialect> = new Set([
  'openai-chat',
  'anthropic-messages',
  'gemini-generate',
  'bedrock-converse',
]);

let scene: TranslatedScene;

beforeAll(async () => {
  scene = await setTranslatedScene();
});

afterAll(() => scene?.close());

function ask(caller: CallerKind, provider: ProviderDialect): Promise<HubAnswer> {
  return callHub(scene.hub, scene.secret, caller.ask({ model: MODEL_OF[provider], stream: true }));
}

/** The stream that the provider sends to this caller, in the provider's own bytes. */
async function bytesFor(caller: CallerKind, provider: ProviderDialect): Promise<UpstreamBytes> {
  scene.upstream.journal.clear();
  await ask(caller, provider);
  const received = scene.upstream.journal.calls()[0];
  if (received === undefined) throw new Error('nothing was sent');
  return replay(scene.upstream.url, received, provider);
}

describe.each(PROVIDER_DIALECTS)('a stream of %s', (provider) => {
  it.each(CALLERS)('comes byte by byte to the same answer for a caller of $dialect', async (caller) => {
    scene.behave(`events:${CONTENT_EVENTS}`);
    const whole = await ask(caller, provider);
    scene.behave(`events:${CONTENT_EVENTS}+split:1`);
    const split = await ask(caller, provider);
    expect(caller.isWhole(whole)).toBe(true);
    expect(caller.textOf(whole)).not.toBe('');
    expect(caller.isWhole(split)).toBe(true);
    expect(caller.textOf(split)).toBe(caller.textOf(whole));
    expect(split.events.length).toBe(whole.events.length);
  });

  it.each(CALLERS)(
    'that is cut at, before or after the end of any message is no success for a caller of $dialect',
    { timeout: 60_000 },
    async (caller) => {
      scene.behave(`events:${CONTENT_EVENTS}`);
      const { bytes, ends, finishedAt } = await bytesFor(caller, provider);
      const cuts = [...new Set([0, 1, ...ends.flatMap((end) => [end - 1, end, end + 1])])].filter(
        (at) => at < bytes.length,
      );
      for (const [index, after] of cuts.entries()) {
        const how = HOW[index % HOW.length] ?? 'reset';
        scene.behave(`events:${CONTENT_EVENTS}+cut:${how}:bytes:${after}`);
        const answer = await ask(caller, provider);
        const where = `${how} after ${after} of ${bytes.length} bytes, finished at ${finishedAt}: ${answer.text}`;
        const detail = await requestDetail(scene.hub, answer.headers['x-request-id']);
        const record = asObject(detail['usage_record']);
        const isWhole = caller.isWhole(answer);
        // The blank line behind a last message may be missing.
        if (after < finishedAt - 2) expect(isWhole, where).toBe(false);
        if (after >= finishedAt) expect(isWhole, where).toBe(true);
        expect(record['status'], where).toBe(isWhole ? 'success' : 'cut');
        expect(Number(record['cost_nano_usd']), where).toBeGreaterThan(0);
        if (isWhole && how !== 'end' && FINISHES_BEFORE_ITS_END.has(provider)) {
          expect(detail['losses'], where).toMatchObject([{ field: 'stream.terminator' }]);
        }
        if (isWhole) continue;
        expect(caller.errorCode(answer), where).toBe('upstream.cut');
        expect(textOf(record['error_code']), where).toBe('upstream.cut');
      }
    },
  );
});

/** Every pair of a caller and a provider. */
const PAIRS = CALLERS.flatMap((caller) =>
  PROVIDER_DIALECTS.map((provider) => ({ caller, provider, of: caller.dialect })),
);

describe('a stream that is cut makes the official packages throw', () => {
  const messages = [{ role: 'user' as const, content: 'Say something.' }];
  const openai = () => new OpenAI({ baseURL: `${scene.hub.address}/v1`, apiKey: scene.secret, maxRetries: 0 });
  const anthropic = () => new Anthropic({ baseURL: scene.hub.address, apiKey: scene.secret, maxRetries: 0 });

  async function readAll(stream: AsyncIterable<unknown>): Promise<number> {
    let events = 0;
    for await (const _event of stream) events += 1;
    return events;
  }

  /** How the packages are used, streamed in both of Anthropic's ways. */
  const WAYS: Readonly<Record<string, (model: string) => Promise<unknown>>> = {
    'openai, chat': async (model) => readAll(await openai().chat.completions.create({ model, messages, stream: true })),
    'openai, responses': async (model) =>
      readAll(await openai().responses.create({ model, input: 'Say something.', stream: true })),
    'openai, responses, collected': (model) =>
      openai().responses.stream({ model, input: 'Say something.' }).finalResponse(),
    'anthropic, messages': async (model) =>
      readAll(await anthropic().messages.create({ model, messages, max_tokens: 100, stream: true })),
    'anthropic, messages, collected': (model) =>
      anthropic().messages.stream({ model, messages, max_tokens: 100 }).finalMessage(),
  };

  it.each(Object.keys(WAYS).flatMap((way) => PROVIDER_DIALECTS.map((provider) => ({ way, provider }))))(
    '$way, at a provider of $provider',
    async ({ way, provider }) => {
      const use = WAYS[way];
      if (use === undefined) throw new Error(`no way ${way}`);
      scene.behave('events:8');
      expect(await use(MODEL_OF[provider])).toBeDefined();
      for (const how of HOW) {
        scene.behave(`events:8+cut:${how}:events:5`);
        await expect(use(MODEL_OF[provider]), how).rejects.toThrow(/before it was complete/);
      }
    },
  );
});

describe('a provider that fails within its stream', () => {
  it.each(PAIRS)('$provider → $of: with an error of its own', async ({ caller, provider }) => {
    scene.behave(`events:${CONTENT_EVENTS}+error-event:4`);
    const answer = await ask(caller, provider);
    expect(caller.isWhole(answer), answer.text).toBe(false);
    expect(caller.errorCode(answer), answer.text).toMatch(/^upstream\.(error|rate_limited|bad_request)$/);
    const record = await usageRecord(scene.hub, answer.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'upstream_error', error_code: caller.errorCode(answer) });
  });

  it.each(PAIRS)('$provider → $of: by falling silent', async ({ caller, provider }) => {
    scene.behave(`events:${CONTENT_EVENTS}+hang:3`);
    const answer = await ask(caller, provider);
    expect(caller.isWhole(answer), answer.text).toBe(false);
    expect(caller.errorCode(answer), answer.text).toBe('upstream.timeout');
    const record = await usageRecord(scene.hub, answer.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'timeout', error_code: 'upstream.timeout' });
  });

  it.each(PAIRS)('$provider → $of: by sending what is no answer', async ({ caller, provider }) => {
    scene.behave('garbage');
    const answer = await ask(caller, provider);
    expect(caller.isWhole(answer), answer.text).toBe(false);
    expect(caller.errorCode(answer), answer.text).toBe('upstream.invalid_answer');
    expect(answer.text).not.toContain('<html>');
    const record = await usageRecord(scene.hub, answer.headers['x-request-id']);
    expect(record).toMatchObject({ status: 'upstream_error', error_code: 'upstream.invalid_answer' });
  });
});
