import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InboundFace, Target } from '../../src/dialects/contract.ts';
import { holdsLongNumber, parseExactOrUndefined } from '../../src/dialects/exact-json.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { readJsonBody } from '../../src/dialects/json-request.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { removeProtoAccessor } from '../../src/kernel/prototype.ts';
import { type ChatRequest, PLAIN_CHAT } from '../../src/protocol/chat-request.ts';
import type { EmbeddingsRequest } from '../../src/protocol/embeddings.ts';
import type { Operation } from '../../src/protocol/operation.ts';
import { type Case, casesOf, deepFreeze } from './cases.ts';
import { outcomeOf } from './checks/check.ts';
import { CHANGES, type Changes, changed, hostileText } from './hostile-json.ts';
import { PROVIDERS } from './pairs/providers.ts';
import { targetOf } from './surroundings.ts';

const SEED = 20_260;
const RUNS = 1200;
const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

const INBOUND = [...DIALECTS.values()].flatMap(({ name, inbound, passThrough }) =>
  inbound === undefined ? [] : [{ name, inbound, passThrough }],
);
const OUTBOUND = [...DIALECTS.values()].flatMap(({ name, outbound }) =>
  outbound === undefined ? [] : [{ name, outbound, provider: PROVIDERS[name] }],
);

/** As the hub begins, too. */
beforeAll(removeProtoAccessor);

/** A prototype that was changed is changed for every test that follows. */
afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('polluted' in {}).toBe(false);
});

/** Valid bodies of requests, by operation. */
function bodiesOf(dialect: string, operation: Operation): readonly JsonObject[] {
  return casesOf(dialect)
    .filter((fixture: Case) => fixture.has('wire.request.json') && (fixture.meta.operation ?? 'chat') === operation)
    .map((fixture) => fixture.object('wire.request.json'));
}

/** The bytes as a caller sends them, read as the hub reads them; `undefined` where the changes left no object. */
function sent(body: JsonObject, changes: Changes) {
  const json = changed({ model: 'asked-model', ...body }, changes);
  const raw = Buffer.from(hostileText(json));
  const outcome = outcomeOf(() => readJsonBody(raw, LIMITS));
  return 'error' in outcome ? undefined : { raw, ...outcome.value };
}

/** The body as it is decoded: with every digit of its numbers. */
function exactly({ raw, body }: { readonly raw: Buffer; readonly body: JsonObject }): JsonObject {
  const text = raw.toString();
  const exact = holdsLongNumber(text) ? parseExactOrUndefined(text) : body;
  return isJsonObject(exact) ? exact : body;
}

function expectRefusal(error: GatewayError): void {
  expect(error.code).toMatch(/^request\./);
  expect(error.status).toBeLessThan(500);
  expect(error.message).not.toMatch(/undefined|\[object|NaN/);
}

function expectSendable(body: Buffer): void {
  expect(isJsonObject(parseJson(body.toString()))).toBe(true);
}

function targetFor(name: string): Target {
  return targetOf({ upstreamModel: PROVIDERS[name]?.model, path: PROVIDERS[name]?.path });
}

describe.each(INBOUND)('a body of $name with anything in any place', ({ name, inbound, passThrough }) => {
  const bodies = bodiesOf(name, 'chat');

  it('is read and sent on in every dialect, or is refused as its caller’s mistake', { timeout: 120_000 }, () => {
    expect(bodies.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.nat({ max: bodies.length - 1 }), CHANGES, (index, changes) => {
        const read = sent(bodies[index] ?? {}, changes);
        if (read === undefined) return;
        const head = outcomeOf(() => inbound.readHead(read.body, 'chat', 'text/event-stream'));
        if ('error' in head) expectRefusal(head.error);
        else if (passThrough !== undefined) {
          const request = { ...head.value, ...read };
          expectSendable(passThrough.patchRequest(request, targetFor(name)).call.body);
          passThrough.openWatcher(request);
        }
        const chat = outcomeOf(() => inbound.decodeRequest(deepFreeze(exactly(read))));
        if ('error' in chat) expectRefusal(chat.error);
        else expectSpeakable(chat.value);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

function expectSpeakable(chat: ChatRequest): void {
  deepFreeze(chat);
  for (const { name, outbound } of OUTBOUND) {
    const outcome = outcomeOf(() => outbound.encodeRequest(chat, targetFor(name)));
    if ('error' in outcome) expectRefusal(outcome.error);
    else {
      expectSendable(outcome.value.call.body);
      expect(outcome.value.call.path).toMatch(/^\/[\x21-\x7e]*$/);
    }
  }
}

describe('a request for embeddings with anything in any place', () => {
  const inbound = INBOUND.flatMap(({ name, inbound: face }) =>
    face.embeddings === undefined ? [] : [{ name, face, embeddings: face.embeddings }],
  );

  it.each(inbound)('$name', ({ face, embeddings }) => {
    const bodies: readonly JsonObject[] = [
      { input: 'a text' },
      { input: ['one', 'two'], dimensions: 3, encoding_format: 'base64', user: 'u' },
      { input: [1, 2, 3] },
      { input: [[1], [2, 3]] },
    ];
    fc.assert(
      fc.property(fc.constantFrom(...bodies), CHANGES, (body, changes) => {
        const read = sent(body, changes);
        if (read === undefined) return;
        expectHead(face, read.body, 'embeddings');
        const asked = outcomeOf(() => embeddings.decodeRequest(deepFreeze(read.body)));
        if ('error' in asked) expectRefusal(asked.error);
        else expectEmbeddable(asked.value);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

function expectHead(face: InboundFace, body: JsonObject, operation: Operation): void {
  const head = outcomeOf(() => face.readHead(body, operation, undefined));
  if ('error' in head) expectRefusal(head.error);
}

function expectEmbeddable(asked: EmbeddingsRequest): void {
  for (const { name, outbound } of OUTBOUND) {
    const { embeddings } = outbound;
    if (embeddings === undefined) continue;
    const outcome = outcomeOf(() => embeddings.encodeRequest(asked, targetFor(name)));
    if ('error' in outcome) expectRefusal(outcome.error);
    else expectSendable(outcome.value.call.body);
  }
}

it.each(INBOUND)('a long number of $name is no object, and no text', ({ inbound }) => {
  const long = '12345678901234567890';
  for (const place of ['metadata', 'tools', 'tool_choice', 'response_format', 'system', 'messages', 'input', 'stop']) {
    const text = `{"model":"a","messages":[],"input":[],"max_tokens":5,${JSON.stringify(place)}:${long}}`;
    const body = parseExactOrUndefined(text);
    const outcome = outcomeOf(() => inbound.decodeRequest(isJsonObject(body) ? body : {}));
    if ('error' in outcome) expectRefusal(outcome.error);
    else expect(JSON.stringify(outcome.value)).not.toContain('rawJSON');
  }
});

describe('a word that every object knows', () => {
  const word = 'constructor';
  const asked: ChatRequest = {
    ...PLAIN_CHAT,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Say it.' }] }],
    reasoning: { effort: word, budgetTokens: undefined, enabled: undefined, summary: undefined },
    modalities: [word],
  };

  it.each(OUTBOUND)('is in no table of $name: it is sent as it is, or told as lost', ({ name, outbound }) => {
    const outcome = outcomeOf(() => outbound.encodeRequest(asked, targetFor(name)));
    if ('error' in outcome) return expectRefusal(outcome.error);
    const { call, losses } = outcome.value;
    const sentWords = call.body.toString().split(`"${word}"`).length - 1;
    const told = new Set(losses.map(({ field }) => field.split('.')[0]));
    expect(sentWords + ['reasoning', 'modalities'].filter((field) => told.has(field)).length).toBe(2);
  });
});
