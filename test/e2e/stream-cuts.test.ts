import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, type HubAnswer, requestDetail, scriptByUser, usageRecord } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

/** Content events of the answer that is cut; it has a first event with the role and a last with the reason besides. */
const CONTENT_EVENTS = 4;
const PRICES = { input: '1', output: '2' };

let hub: HubProcess;
let upstream: FakeUpstream;
let secret: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  upstream.setScript(scriptByUser);
  hub = await startHub({
    allow: [`127.0.0.1:${upstream.port}`],
    environment: { HUB_TIMEOUT_IDLE: '400ms', HUB_TIMEOUT_TOTAL: '2500ms' },
  });
  await hub.connectFake(upstream);
  await hub.control('POST', '/prices', {
    provider_id: 'openai',
    model: 'fake-small',
    prices: Object.entries(PRICES).map(([unit, usd_per_million]) => ({ unit, usd_per_million })),
  });
  ({ secret } = await hub.createKey());
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

function stream(words: string, more: Record<string, string> = {}): Promise<HubAnswer> {
  return callHub(hub, secret, { body: chatBody({ stream: true, user: `@events:${CONTENT_EVENTS}${words}`, ...more }) });
}

/** The event that ends a stream which cannot be completed. */
function errorOf(answer: HubAnswer): unknown {
  const last = parseJson(answer.events.at(-1) ?? 'null');
  return isJsonObject(last) && isJsonObject(last['error']) ? last['error']['code'] : undefined;
}

/** The ends of the events of a whole answer, as bytes of the upstream's own body. */
async function boundaries(): Promise<readonly number[]> {
  const answer = await callHub({ address: upstream.url }, 'any', {
    body: {
      ...chatBody({ stream: true, user: `@events:${CONTENT_EVENTS}`, stream_options: { include_usage: true } }),
      model: 'fake-small',
    },
  });
  let at = 0;
  return answer.text
    .split('\n\n')
    .slice(0, -1)
    .map((event) => {
      at += Buffer.byteLength(event) + 2;
      return at;
    });
}

describe('a stream that was cut never looks complete', () => {
  it('at, before and after the end of every event, whether reset, closed or ended too early', async () => {
    const ends = await boundaries();
    expect(ends).toHaveLength(CONTENT_EVENTS + 4);
    // The last event is the terminator, the one before it the usage, and the one before that ends the last choice.
    const finishedAt = ends.at(-3) ?? 0;
    const doneAt = ends.at(-1) ?? 0;
    const cuts = ends.flatMap((end) => [end - 1, end, end + 1]).filter((after) => after < doneAt);
    for (const how of ['reset', 'fin', 'end']) {
      const answers = await Promise.all(
        cuts.map(async (after) => ({ after, answer: await stream(`+cut:${how}:bytes:${after}`) })),
      );
      for (const { after, answer } of answers) {
        const where = `${how} after ${after} of ${doneAt} bytes`;
        if (after >= finishedAt) {
          expect(answer.events.at(-1), where).toBe('[DONE]');
          expect(answer.isComplete, where).toBe(true);
          continue;
        }
        expect(answer.events, where).not.toContain('[DONE]');
        const isTold = answer.status === 200 ? errorOf(answer) : answer.error['code'];
        expect(isTold, where).toBe('upstream.cut');
        expect(answer.trailers, where).toEqual({});
      }
    }
  });

  it.each(['cut:reset:events:3', 'cut:fin:events:3', 'cut:end:events:3'])(
    '%s: the record says so, with an estimate of what came',
    async (cut) => {
      const answer = await stream(`+${cut}`);
      const record = await usageRecord(hub, answer.headers['x-request-id']);
      expect(record).toMatchObject({
        status: 'cut',
        error_code: 'upstream.cut',
        usage_basis: 'estimated',
        http_status: 200,
        priced: true,
      });
      expect(record['usage']).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) });
      expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
    },
  );

  it('garbage between two events ends it with an error, and nothing of it is passed on', async () => {
    upstream.setScript((request) =>
      request.path === '/v1/chat/completions'
        ? {
            instead: {
              kind: 'status',
              status: 200,
              headers: { 'content-type': 'text/event-stream' },
              body: `data: ${CHUNK}\n\ndata: <html>\n\ndata: [DONE]\n\n`,
            },
          }
        : undefined,
    );
    const answer = await stream('');
    upstream.setScript(scriptByUser);
    expect(answer.events).toHaveLength(2);
    expect(errorOf(answer)).toBe('upstream.invalid_answer');
    expect(answer.text).not.toContain('<html>');
  });

  it('an error event of the provider ends it, with the provider’s words apart', async () => {
    const answer = await stream('+error-event:2');
    const last = parseJson(answer.events.at(-1) ?? 'null');
    expect(last).toMatchObject({
      error: {
        code: 'upstream.error',
        type: 'server_error',
        upstream: { message: 'The server had an error while processing your request.' },
      },
    });
    expect(answer.events).not.toContain('[DONE]');
    expect(await usageRecord(hub, answer.headers['x-request-id'])).toMatchObject({
      status: 'upstream_error',
      usage_basis: 'estimated',
    });
  });

  it.each([
    ['idle', 'hang:3', /between two bytes/],
    ['total', 'events:200+delay:50', /in total/],
  ])('a stream over its %s time ends with an error event and a record', async (_name, words, says) => {
    const answer = await stream(`+${words}`);
    expect(errorOf(answer)).toBe('upstream.timeout');
    expect(answer.events.at(-1)).toMatch(says);
    expect(answer.events).not.toContain('[DONE]');
    expect(await usageRecord(hub, answer.headers['x-request-id'])).toMatchObject({
      status: 'timeout',
      http_status: 200,
      usage_basis: 'estimated',
    });
  });
});

const CHUNK =
  '{"id":"c","object":"chat.completion.chunk","created":1,"model":"fake-small","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}';

describe('a stream whose every choice is finished', () => {
  it.each(['no-done', 'cut:reset:events:6', 'cut:fin:events:6'])(
    '%s: the hub adds the terminator and says so in the record',
    async (words) => {
      const answer = await stream(`+${words}`);
      expect(answer.events.at(-1)).toBe('[DONE]');
      expect(answer.isComplete).toBe(true);
      const detail = await requestDetail(hub, answer.headers['x-request-id']);
      expect(detail['usage_record']).toMatchObject({ status: 'success', finish_reason: 'stop' });
      expect(detail['losses']).toMatchObject([{ field: 'stream.terminator' }]);
    },
  );

  it('tells the same cost in the trailer and in the record', async () => {
    const answer = await stream('');
    const record = await usageRecord(hub, answer.headers['x-request-id']);
    expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
    expect(answer.headers['trailer']).toBe('x-hub-cost, x-hub-losses');
    expect(answer.trailers['x-hub-cost']).toBe(record['cost_usd']);
  });
});

describe('the usage event', () => {
  it('is hidden from a caller who did not ask, and recorded all the same', async () => {
    const answer = await stream('');
    expect(answer.text).not.toContain('"usage":{');
    expect(answer.events).toHaveLength(CONTENT_EVENTS + 3);
    expect(await usageRecord(hub, answer.headers['x-request-id'])).toMatchObject({
      usage_basis: 'reported',
      usage: { output_tokens: CONTENT_EVENTS },
    });
  });

  it('is shown to a caller who asked', async () => {
    const answer = await callHub(hub, secret, {
      body: chatBody({ stream: true, stream_options: { include_usage: true }, user: `@events:${CONTENT_EVENTS}` }),
    });
    expect(answer.events).toHaveLength(CONTENT_EVENTS + 4);
    expect(parseJson(answer.events.at(-2) ?? '')).toMatchObject({
      choices: [],
      usage: { completion_tokens: CONTENT_EVENTS },
    });
  });

  it.each([
    ['usage:missing', 'estimated'],
    ['usage:null', 'estimated'],
    ['usage:every-chunk', 'reported'],
    ['usage:twice', 'reported'],
  ])('%s: usage is %s, never nothing', async (words, basis) => {
    const answer = await stream(`+${words}`);
    expect(answer.events.at(-1)).toBe('[DONE]');
    const record = await usageRecord(hub, answer.headers['x-request-id']);
    expect(record['usage_basis']).toBe(basis);
    const { usage } = record;
    expect(isJsonObject(usage) && Number(usage['output_tokens'])).toBeGreaterThan(0);
    expect(Number(record['cost_nano_usd'])).toBeGreaterThan(0);
  });
});
