import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kernel/json.ts';
import { type CacheQuestion, planFor } from './plan.ts';

const CERTAIN: JsonObject = { model: 'm', temperature: 0, messages: [] };
const TOOLS = [{ type: 'function' }];
const use = (seconds: number, reads = true) => ({ kind: 'use', seconds, reads });
const BYPASS = { kind: 'bypass' };

const plan = (header: string | undefined, more: Partial<CacheQuestion> = {}) =>
  planFor({ header, keySeconds: undefined, operation: 'chat', body: CERTAIN, refersToKept: false, ...more });

describe('what is done for a request', () => {
  it.each([
    [undefined, undefined],
    ['on', use(300)],
    ['ON , TTL=60', use(60)],
    ['ttl=2592000', use(2_592_000)],
    ['refresh', use(300, false)],
    ['off', BYPASS],
    ['off, ttl=60', BYPASS],
  ])('that says %s', (header, planned) => {
    // Who says only that nothing is to be kept asks for nothing.
    const said = plan(header, { keySeconds: header === 'off' ? 60 : undefined });
    expect(said).toEqual(planned);
  });

  it('is what its key says, unless it says otherwise', () => {
    expect(plan(undefined, { keySeconds: 900 })).toEqual(use(900));
    expect(plan('on', { keySeconds: 900 })).toEqual(use(900));
    expect(plan('ttl=5', { keySeconds: 900 })).toEqual(use(5));
    expect(plan('off', { keySeconds: 900 })).toEqual(BYPASS);
  });

  it.each<[string, JsonObject, boolean]>([
    ['a temperature of 0', CERTAIN, true],
    ['of Gemini', { generationConfig: { temperature: 0 } }, true],
    ['of AIGNE', { input: { modelOptions: { temperature: 0 } } }, true],
    ['no temperature', { model: 'm' }, false],
    ['another temperature', { temperature: 0.1 }, false],
    ['tools', { ...CERTAIN, tools: TOOLS }, false],
    ['no tools in a list', { ...CERTAIN, tools: [] }, true],
    ['functions', { ...CERTAIN, functions: TOOLS }, false],
    ['tools of AIGNE', { input: { tools: TOOLS, modelOptions: { temperature: 0 } } }, false],
  ])('with %s', (_, body, isKept) => {
    expect(plan('on', { body })).toEqual(isKept ? use(300) : BYPASS);
    expect(plan('any', { body })).toEqual(use(300));
    expect(plan('on', { body, operation: 'embeddings' })).toEqual(use(300));
  });

  it('is nothing where no repeat can be answered by it', () => {
    expect(plan('any', { refersToKept: true })).toEqual(BYPASS);
    expect(plan('any', { operation: 'speech' })).toEqual(BYPASS);
    expect(plan('any', { body: { ...CERTAIN, background: true } })).toEqual(BYPASS);
  });

  it.each(['maybe', 'ttl=0', 'ttl=2592001', 'ttl=-1', 'ttl=1.5', 'on;off', ''])('is refused for “%s”', (header) => {
    expect(() => plan(header)).toThrow(expect.objectContaining({ code: 'request.invalid', param: 'x-hub-cache' }));
  });
});
