import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kernel/json.ts';
import { fingerprintOf, type RequestFacts } from './fingerprint.ts';

const FACTS: RequestFacts = {
  organizationId: 'org_a',
  dialect: 'openai-chat',
  operation: 'chat',
  path: '/v1/chat/completions',
  model: 'm',
  servedBy: ['a', 'b'],
  more: [false, undefined],
};
const BODY: JsonObject = { model: 'm', temperature: 0, messages: [{ role: 'user', content: 'a' }] };

/** The same fields in another order, at every depth. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, each]) => [name, turned(each)]),
  );
}

describe('two requests', () => {
  it('are the same whatever the order of their fields', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        const [one, other] = [body, turned(body)] as [JsonObject, JsonObject];
        return fingerprintOf(FACTS, one) === fingerprintOf(FACTS, other);
      }),
    );
  });

  it('are the same whoever asks, and whoever of the same may serve', () => {
    const aside = { user: 'u', metadata: { a: '1' }, prompt_cache_key: 'k', safety_identifier: 's', labels: {} };
    expect(fingerprintOf(FACTS, { ...BODY, ...aside })).toBe(fingerprintOf(FACTS, BODY));
    expect(fingerprintOf({ ...FACTS, servedBy: ['b', 'a', 'b'] }, BODY)).toBe(fingerprintOf(FACTS, BODY));
  });

  it.each<[string, Partial<RequestFacts>, JsonObject]>([
    ['another organization', { organizationId: 'org_b' }, {}],
    ['another format', { dialect: 'anthropic-messages' }, {}],
    ['another address', { path: '/v1/completions' }, {}],
    ['another name', { model: 'n' }, {}],
    ['another model behind the name', { servedBy: ['a'] }, {}],
    ['another header', { more: [true, undefined] }, {}],
    ['another value', {}, { temperature: 0.1 }],
    ['a number as text', {}, { temperature: '0' }],
    ['one field more', {}, { seed: 1 }],
    ['a field within that has the name of one aside', {}, { messages: [{ role: 'user', content: 'a', user: 'b' }] }],
  ])('are not with %s', (_, facts, more) => {
    expect(fingerprintOf({ ...FACTS, ...facts }, { ...BODY, ...more })).not.toBe(fingerprintOf(FACTS, BODY));
  });
});
