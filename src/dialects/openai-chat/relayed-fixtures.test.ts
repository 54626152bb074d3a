import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Relayed, startRelayPair } from '../../dataplane/testing/relay-pair.ts';
import { isJsonObject, parseJson } from '../../kernel/json.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { type Case, casesOf, read } from './testing/cases.ts';

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
