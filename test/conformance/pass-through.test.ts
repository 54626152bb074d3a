import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsCarriedOpaque, packCallId, packOpaque } from '../../src/dialects/carried-opaque.ts';
import type { PassThroughFace, ReadRequest } from '../../src/dialects/contract.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { readJsonBody } from '../../src/dialects/json-request.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import type { EndpointQuirks } from '../../src/protocol/deployment.ts';
import { inboundFace, targetOf } from './surroundings.ts';

const RUNS = 400;
const SEED = 77;
const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };
const UPSTREAM_MODEL = 'provider’s "own" name';

const PASSING = [...DIALECTS.values()].flatMap(({ name, passThrough }) =>
  passThrough === undefined ? [] : [{ name, face: passThrough }],
);

/** White space, and values as no writer of ours would write them. */
const SPACE = fc.constantFrom('', '', ' ', '\n', '\t\r\n  ');
const ODD_VALUES = [
  '1.0',
  '-0',
  '1e2',
  '1E+2',
  '0.10',
  '9007199254740993',
  '123456789012345678901234567890',
  '-1.7976931348623157e308',
  '"\\u0041\\/\\u00e9"',
  '"é 👩‍👩‍👧 漢字 \u2028"',
  '"\\ud83d"',
  '{ }',
  '[ ]',
  '{"b":1,"a":2,"b":3}',
  '{"__proto__":{"a":1}}',
  'null',
] as const;
const value = fc.oneof(
  fc.constantFrom(...ODD_VALUES),
  fc.jsonValue({ maxDepth: 3 }).map((json) => JSON.stringify(json)),
);
/** None that a quirk below is about. */
const unknownKey = fc.stringMatching(/^x_[a-zé]{0,6}$/);
const member = fc.record({ key: unknownKey, value, before: SPACE, middle: SPACE, after: SPACE });

type Member = {
  readonly key: string;
  readonly value: string;
  readonly before: string;
  readonly middle: string;
  readonly after: string;
};

const textOf = ({ key, value: text, before, middle, after }: Member): string =>
  `${before}${JSON.stringify(key)}${middle}:${middle}${text}${after}`;

const bodyOf = (members: readonly Member[]): string => `{${members.map(textOf).join(',')}}`;

/** A body with these fields somewhere among others, each key once. */
function bodies(own: Readonly<Record<string, string>>): fc.Arbitrary<readonly Member[]> {
  const named = Object.entries(own).map(([key, text]) =>
    fc.record({ key: fc.constant(key), value: fc.constant(text), before: SPACE, middle: SPACE, after: SPACE }),
  );
  return fc
    .tuple(fc.tuple(...named), fc.uniqueArray(member, { maxLength: 6, selector: ({ key }) => key }))
    .chain(([fixed, others]) =>
      fc.shuffledSubarray([...fixed, ...others], { minLength: fixed.length + others.length }),
    );
}

function read(dialect: string, text: string): ReadRequest {
  const raw = Buffer.from(text);
  const json = readJsonBody(raw, LIMITS);
  return { ...inboundFace(dialect).readHead(json.body, 'chat', undefined), ...json, raw };
}

function patched(face: PassThroughFace, request: ReadRequest, quirks: Partial<EndpointQuirks> = {}): string {
  return face.patchRequest(request, targetOf({ upstreamModel: UPSTREAM_MODEL, quirks })).call.body.toString();
}

const OWN = { model: '"asked-model"', messages: '[{"role":"user","content":"1.0"}]', input: '"x"', max_tokens: '5' };

describe.each(PASSING)('a request of $name that passes through', ({ name, face }) => {
  it('differs from its caller’s in the model’s name, and in no other byte', () => {
    fc.assert(
      fc.property(bodies(OWN), (members) => {
        const request = read(name, bodyOf(members));
        const expected = members.map((one) =>
          one.key === 'model' ? { ...one, value: JSON.stringify(UPSTREAM_MODEL) } : one,
        );
        expect(patched(face, request)).toBe(bodyOf(expected));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('is the caller’s own buffer where nothing has to change', () => {
    const request = read(
      name,
      bodyOf([]).replace('}', `"model":${JSON.stringify(UPSTREAM_MODEL)},"messages":[],"input":[],"max_tokens":5}`),
    );
    expect(patched(face, request)).toBe(request.raw.toString());
    expect(request.model).toBe(UPSTREAM_MODEL);
  });

  it('has its model found under an escaped key, and no second one slips through', () => {
    const escaped = read(name, '{"messages":[],"input":[],"max_tokens":5,"\\u006dodel":"asked-model"}');
    expect(patched(face, escaped)).toBe(
      `{"messages":[],"input":[],"max_tokens":5,"\\u006dodel":${JSON.stringify(UPSTREAM_MODEL)}}`,
    );
    expect(() => read(name, '{"model":"a","\\u006dodel":"b"}')).toThrow('twice');
  });
});

describe('a stream of openai-chat that passes through', () => {
  const face = PASSING.find(({ name }) => name === 'openai-chat')?.face;
  if (face === undefined) throw new Error('openai-chat does not pass through');
  const USAGE = '"stream_options":{"include_usage":true},';

  it('is asked for usage beside, and is the caller’s own otherwise', () => {
    fc.assert(
      fc.property(bodies({ ...OWN, stream: 'true' }), (members) => {
        const request = read('openai-chat', bodyOf(members));
        const expected = members.map((one) =>
          one.key === 'model' ? { ...one, value: JSON.stringify(UPSTREAM_MODEL) } : one,
        );
        expect(patched(face, request)).toBe(bodyOf(expected).replace('{', () => `{${USAGE}`));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it.each<[string, string]>([
    ['{}', '{"include_usage":true}'],
    ['{ "include_usage" : false , "x":1.0}', '{ "include_usage" : true , "x":1.0}'],
    ['{"x":1.0}', '{"include_usage":true,"x":1.0}'],
    ['null', '{"include_usage":true}'],
    ['{ "include_usage":true}', '{ "include_usage":true}'],
  ])('keeps what stands in stream_options: %s', (said, expected) => {
    const text = `{"model":"a","messages":[],"stream":true,"stream_options": ${said} }`;
    const request = read('openai-chat', text);
    expect(patched(face, request)).toBe(
      `{"model":${JSON.stringify(UPSTREAM_MODEL)},"messages":[],"stream":true,"stream_options": ${expected} }`,
    );
  });

  it('loses the fields that a provider refuses, and no byte of the others', () => {
    const refuses = ['max_tokens', 'seed', 'logit_bias'];
    const own = { ...OWN, seed: '1.0', logit_bias: '{"1":1.0}', stream: 'true' };
    fc.assert(
      fc.property(bodies(own), (members) => {
        const request = read('openai-chat', bodyOf(members));
        const text = patched(face, request, { refuses, noStreamOptions: true });
        const kept = members.filter(({ key }) => !refuses.includes(key));
        expect(keysOf(text)).toEqual(kept.map(({ key }) => key));
        for (const { key, middle, value: said } of kept) {
          if (key !== 'model') expect(text).toContain(`${JSON.stringify(key)}${middle}:${middle}${said}`);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('has its limit of tokens renamed where the provider knows one name, with the value as it was', () => {
    fc.assert(
      fc.property(bodies({ model: '"asked-model"', messages: '[]', max_tokens: '1.0e1' }), (members) => {
        const request = read('openai-chat', bodyOf(members));
        const text = patched(face, request, { maxTokensField: 'max_completion_tokens' });
        const expected = members.map((one) => {
          if (one.key === 'model') return { ...one, value: JSON.stringify(UPSTREAM_MODEL) };
          return one.key === 'max_tokens' ? { ...one, key: 'max_completion_tokens' } : one;
        });
        expect(text).toBe(bodyOf(expected));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

/** The keys of an object in their order; keys are texts here, so parsing keeps it. */
function keysOf(text: string): readonly string[] {
  const json = parseJson(text);
  return isJsonObject(json) ? Object.keys(json) : [];
}

describe('what the hub carries for a provider of another dialect', () => {
  const opaque = { dialect: 'gemini-generate', kind: 'signature', value: 'c2ln' } as const;
  const holds = (json: JsonObject): boolean => holdsCarriedOpaque(Buffer.from(JSON.stringify(json)));

  it('is seen wherever a caller brings it back', () => {
    expect(holds({ messages: [{ content: [{ signature: packOpaque(opaque, 'anthropic-messages') }] }] })).toBe(true);
    expect(holds({ messages: [{ tool_call_id: packCallId('call_1', opaque) }] })).toBe(true);
  });

  it('is not seen in what only mentions the word, so that such a request passes through as it is', () => {
    expect(holds({ messages: [{ content: 'Ask hub1.example, or hub1, or HUB1.' }], user: 'hub1' })).toBe(false);
    expect(holds({ signature: packOpaque({ ...opaque, dialect: 'anthropic-messages' }, 'anthropic-messages') })).toBe(
      false,
    );
  });
});
