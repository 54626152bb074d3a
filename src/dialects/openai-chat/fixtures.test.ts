import { describe, expect, test } from 'vitest';
import { NO_USAGE } from '../../protocol/usage.ts';
import { decodeFault } from './decode-fault.ts';
import { patchRequest } from './patch-request.ts';
import { readAnswer } from './read-answer.ts';
import { cases, casesOf, read } from './testing/cases.ts';
import { readRequest, targetOf } from './testing/requests.ts';

/** 2023-11-14T22:13:20Z: what the dates in `Retry-After` are counted from. */
const NOW_MS = 1_700_000_000_000;

describe('a request on its way to the provider', () => {
  test.each(casesOf('request'))('$name: $about', ({ name, upstreamModel, quirks, losses }) => {
    const patched = patchRequest(readRequest(read(name, 'request.txt')), targetOf({ upstreamModel, quirks }));
    expect(patched.call.body.toString()).toBe(read(name, 'patched.txt').toString());
    expect(patched.losses.map(({ field }) => field)).toEqual(losses);
  });
});

describe('a provider’s error', () => {
  test.each(casesOf('error'))('$name: $about', ({ name, status, retryAfter, expect: expected }) => {
    const headers = { 'retry-after': retryAfter ?? undefined };
    const fault = decodeFault({ status, headers, body: read(name, 'body.txt') }, NOW_MS);
    const { code, param, retryAfterSeconds, upstream } = fault;
    expect({ code, status: fault.status, param, retryAfterSeconds, upstream }).toEqual({
      param: undefined,
      retryAfterSeconds: undefined,
      ...expected,
    });
  });

  test('is quoted only so far', () => {
    const body = Buffer.from(JSON.stringify({ error: { message: 'm'.repeat(5000), code: 'c'.repeat(5000) } }));
    const { upstream } = decodeFault({ status: 400, headers: {}, body }, NOW_MS);
    expect([upstream?.message.length, upstream?.code?.length]).toEqual([1000, 100]);
  });
});

describe('an answer that came whole', () => {
  test.each(casesOf('whole'))('$name: $about', ({ name, operation, expect: expected }) => {
    const body = read(name, 'body.txt');
    if (typeof expected['error'] === 'string') {
      expect(() => readAnswer(body, operation)).toThrowError(expect.objectContaining({ code: expected['error'] }));
      return;
    }
    const { usage = {}, ...others } = expected;
    expect(readAnswer(body, operation)).toEqual({
      // The schema says that it is an object; the comparison says of what.
      usage: { usage: { ...NO_USAGE, ...(usage as object) }, anomalies: [] },
      servedModel: undefined,
      finishReason: undefined,
      held: [],
      ...others,
    });
  });
});

test('every kind of case is there', () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(['request', 'stream', 'error', 'whole']));
});
