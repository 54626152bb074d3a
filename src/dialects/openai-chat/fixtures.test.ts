import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Relayed, startRelayPair } from '../../dataplane/testing/relay-pair.ts';
import { isJsonObject, parseJson } from '../../kernel/json.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { decodeFault } from './decode-fault.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { patchRequest } from './patch-request.ts';

/** Walks `fixtures/`: every folder is a case that says what goes in and what comes out, byte for byte. */

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };
/** 2023-11-14T22:13:20Z: what the dates in `Retry-After` are counted from. */
const NOW_MS = 1_700_000_000_000;

const common = { about: z.string().min(10), docs: z.url() };
const caseSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('request'), upstreamModel: z.string(), askForUsage: z.boolean() }),
  z.strictObject({
    ...common,
    kind: z.literal('stream'),
    request: z.record(z.string(), z.unknown()),
    expect: z.strictObject({
      status: z.string(),
      error: z.string().optional(),
      finishReason: z.string().optional(),
      servedModel: z.string().optional(),
      usage: z.record(z.string(), z.number()).nullable(),
      usageBasis: z.string(),
      losses: z.array(z.string()).default([]),
    }),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('error'),
    status: z.int(),
    retryAfter: z.string().nullable(),
    expect: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('whole'),
    operation: z.enum(['chat', 'completions', 'embeddings']),
    expect: z.record(z.string(), z.unknown()),
  }),
]);
type Case<Kind> = Extract<z.infer<typeof caseSchema>, { kind: Kind }> & { readonly name: string };

function read(name: string, file: string): Buffer {
  return readFileSync(`${FIXTURES}${name}/${file}`);
}

const cases = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, ...caseSchema.parse(parseJson(read(name, 'case.json').toString())) }));

function casesOf<Kind extends (typeof cases)[number]['kind']>(kind: Kind): Case<Kind>[] {
  // The filter is what the type says.
  return cases.filter((each) => each.kind === kind) as unknown as Case<Kind>[];
}

describe('a request on its way to the provider', () => {
  test.each(casesOf('request'))('$name: $about', ({ name, upstreamModel, askForUsage }) => {
    const raw = read(name, 'request.txt');
    const patched = patchRequest(raw, decodeRequest(raw, 'chat', LIMITS), { upstreamModel, askForUsage });
    expect(patched.toString()).toBe(read(name, 'patched.txt').toString());
  });
});

describe('a stream on its way to the caller', () => {
  let pair: Awaited<ReturnType<typeof startRelayPair>>;
  beforeAll(async () => {
    pair = await startRelayPair();
  });
  afterAll(() => pair.close());

  test.each(casesOf('stream'))('$name: $about', async ({ name, request, expect: expected }) => {
    const arrives = read(name, 'arrives.txt');
    for (const chunks of [[arrives], [...arrives].map((byte) => Buffer.from([byte]))]) {
      const relayed = await pair.relay({ chunks, body: request });
      expectRelayed(relayed, read(name, 'seen.txt').toString(), expected);
    }
  });
});

function expectRelayed(relayed: Relayed, seen: string, expected: Case<'stream'>['expect']): void {
  const text = relayed.body.toString();
  if (expected.error === undefined) expect(text).toBe(seen);
  else {
    expect(text.slice(0, seen.length)).toBe(seen);
    const last = parseJson(text.slice(seen.length).replace(/^data: /, ''));
    expect(isJsonObject(last) ? last['error'] : last).toMatchObject({ code: expected.error });
    expect(text).not.toMatch(/^data: ?\[DONE\]/m);
  }
  expect(relayed.endings).toHaveLength(1);
  const [ending] = relayed.endings;
  expect(ending).toMatchObject({ status: expected.status, usageBasis: expected.usageBasis });
  expect(ending?.error?.code).toBe(expected.error);
  expect(ending?.finishReason).toBe(expected.finishReason);
  expect(ending?.servedModel).toBe(expected.servedModel);
  if (expected.usage !== null) expect(ending?.usage).toEqual({ ...NO_USAGE, ...expected.usage });
  // Content that was sent is never free, whoever counts it.
  else expect(ending?.usage.outputTokens).toBeGreaterThan(0);
  expect(relayed.losses.map(({ field }) => field)).toEqual(expected.losses);
}

describe('a provider’s error', () => {
  test.each(casesOf('error'))('$name: $about', ({ name, status, retryAfter, expect: expected }) => {
    const fault = decodeFault({ status, retryAfter: retryAfter ?? undefined, body: read(name, 'body.txt') }, NOW_MS);
    const { code, param, retryAfterSeconds, upstream } = fault;
    expect({ code, status: fault.status, param, retryAfterSeconds, upstream }).toEqual({
      param: undefined,
      retryAfterSeconds: undefined,
      ...expected,
    });
  });

  test('is quoted only so far', () => {
    const body = Buffer.from(JSON.stringify({ error: { message: 'm'.repeat(5000), code: 'c'.repeat(5000) } }));
    const { upstream } = decodeFault({ status: 400, retryAfter: undefined, body }, NOW_MS);
    expect([upstream?.message.length, upstream?.code?.length]).toEqual([1000, 100]);
  });
});

describe('an answer that came whole', () => {
  test.each(casesOf('whole'))('$name: $about', ({ name, operation, expect: expected }) => {
    const body = read(name, 'body.txt');
    if (typeof expected['error'] === 'string') {
      expect(() => decodeResponse(body, operation)).toThrowError(expect.objectContaining({ code: expected['error'] }));
      return;
    }
    expect(decodeResponse(body, operation)).toEqual({
      usage: undefined,
      servedModel: undefined,
      finishReason: undefined,
      ...expected,
    });
  });
});

test('every kind of case is there', () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(['request', 'stream', 'error', 'whole']));
});
