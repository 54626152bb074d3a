import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { topLevelSpans } from '../../kernel/json-spans.ts';
import type { EndpointQuirks } from '../../protocol/deployment.ts';
import { patchRequest } from './patch-request.ts';
import { readRequest, targetOf } from './testing/requests.ts';

const space = fc.constantFrom('', ' ', '\n', '\r\n\t', '   ');
/** Values as a caller may write them; a parser and a printer would change most of them. */
const written = fc.oneof(
  fc.constantFrom('1.0', '12345678901234567890', '-0', '1e400', '0.10', '1E+2', 'null', '[ ]', '{ }', '"\\u00e9\\/"'),
  fc.constantFrom(
    '{"model":"no","stream_options":{"include_usage":false}}',
    '["model","stream"]',
    '"\\"model\\":\\"x\\""',
  ),
  fc.json({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text.toWellFormed())),
);
const REFUSED = ['seed', 'x_refused', 'logit_bias', 'stop'];
const RESERVED = new Set([
  'model',
  'stream',
  'stream_options',
  'user',
  'metadata',
  'n',
  'prompt',
  'messages',
  'safety_identifier',
  'max_tokens',
  'max_completion_tokens',
  ...REFUSED,
]);
const otherKey = fc.string({ unit: 'grapheme' }).filter((key) => !RESERVED.has(key));

/** A member of the body: what the caller wrote, and what must arrive. */
type Member = { readonly key: string; readonly before: string; readonly after: string };

const other = fc.record({ key: otherKey, value: written }).map(({ key, value }) => {
  return { key, before: value, after: value };
});
const model = fc.constantFrom('"asked"', '"a\\u0073ked"', '"模型/👩‍👧"', '"a\\"b"').map((value) => {
  return { key: 'model', before: value, after: '"routed \\"é\\""' };
});
const usage = fc
  .constantFrom(
    ['{"include_usage":false}', '{"include_usage":true}'],
    ['{ "include_usage" : null }', '{ "include_usage" : true }'],
    ['{"include_usage":true}', '{"include_usage":true}'],
    ['{"x":1.0}', '{"include_usage":true,"x":1.0}'],
    ['{}', '{"include_usage":true}'],
    ['null', '{"include_usage":true}'],
  )
  .map(([before = '', after = '']) => ({ key: 'stream_options', before, after }));
const stream = { key: 'stream', before: 'true', after: 'true' };

function write(members: readonly Member[], spaces: readonly string[], side: 'before' | 'after', first = ''): string {
  const gap = (index: number): string => spaces[index % spaces.length] ?? '';
  const parts = members.map((member, index) => {
    return `${gap(index)}${JSON.stringify(member.key)}${gap(index + 1)}:${gap(index + 2)}${member[side]}${gap(index + 3)}`;
  });
  return `${gap(0)}{${first}${parts.join(',')}}${gap(1)}`;
}

function patch(text: string, quirks: Partial<EndpointQuirks> = {}): string {
  const target = targetOf({ upstreamModel: 'routed "é"', quirks });
  return patchRequest(readRequest(Buffer.from(text)), target).call.body.toString();
}

describe('whatever else is in the body', () => {
  const shuffled = (members: readonly Member[]) => fc.shuffledSubarray([...members], { minLength: members.length });
  const others = fc.uniqueArray(other, { selector: ({ key }) => key, maxLength: 8 });
  const spaces = fc.array(space, { minLength: 4, maxLength: 9 });

  test('only the model changes in a request that is not streamed', () => {
    fc.assert(
      fc.property(
        fc.tuple(others, model).chain(([rest, named]) => shuffled([...rest, named])),
        spaces,
        (members, gaps) => {
          expect(patch(write(members, gaps, 'before'))).toBe(write(members, gaps, 'after'));
        },
      ),
    );
  });

  test('only the model and the wish for usage change in a stream', () => {
    fc.assert(
      fc.property(
        fc.tuple(others, model, usage).chain(([rest, named, options]) => shuffled([...rest, named, options, stream])),
        spaces,
        (members, gaps) => {
          expect(patch(write(members, gaps, 'before'))).toBe(write(members, gaps, 'after'));
        },
      ),
    );
  });

  test('options that were not there come first, and nothing else moves', () => {
    fc.assert(
      fc.property(
        fc.tuple(others, model).chain(([rest, named]) => shuffled([...rest, named, stream])),
        spaces,
        (members, gaps) => {
          const before = write(members, gaps, 'before');
          const after = patch(before);
          expect(after).toBe(write(members, gaps, 'after', '"stream_options":{"include_usage":true},'));
          const { model: _asked, ...kept } = JSON.parse(before);
          expect(JSON.parse(after)).toEqual({
            ...kept,
            model: 'routed "é"',
            stream_options: { include_usage: true },
          });
        },
      ),
    );
  });
});

describe('what the provider would refuse', () => {
  const cutMember = fc.record({ key: fc.constantFrom(...REFUSED), value: written }).map(({ key, value }) => {
    return { key, before: value, after: '' };
  });
  const members = fc
    .tuple(
      fc.uniqueArray(other, { selector: ({ key }) => key, maxLength: 5 }),
      fc.uniqueArray(cutMember, { selector: ({ key }) => key, maxLength: 4 }),
      model,
    )
    .chain(([kept, cut, named]) =>
      fc.shuffledSubarray([...kept, ...cut, named], { minLength: kept.length + cut.length + 1 }),
    );

  test.each(['a\\"b', '\\"', '\\\\', '\\\\\\"', 'plain'])('is cut out before a key that is written as %s', (key) => {
    const patched = patch(`{"seed":1,"${key}":2,"model":"x"}`, { refuses: REFUSED });
    expect(patched).toBe(`{"${key}":2,"model":"routed \\"é\\""}`);
  });

  test('is cut out, and what is left is the same JSON with every value as it was written', () => {
    fc.assert(
      fc.property(members, fc.array(space, { minLength: 4, maxLength: 9 }), (list, gaps) => {
        const patched = patch(write(list, gaps, 'before'), { refuses: REFUSED });
        const kept = list.filter(({ key }) => !REFUSED.includes(key));
        const spans = topLevelSpans(Buffer.from(patched).toString('latin1'), { depthMax: 64, keysPerObjectMax: 1000 });
        expect(Object.keys(JSON.parse(patched)).toSorted()).toEqual(kept.map(({ key }) => key).toSorted());
        for (const { key, after } of kept) {
          const span = spans.get(Buffer.from(JSON.stringify(key).slice(1, -1)).toString('latin1')) ?? spans.get(key);
          if (span === undefined) continue;
          expect(Buffer.from(patched).subarray(span.start, span.end).toString()).toBe(after);
        }
        // Nothing but the cut members and the model differs: what is left stands in its order in what was written.
        expect(isSubsequence(patched.replace('"routed \\"é\\""', ''), write(list, gaps, 'before'))).toBe(true);
      }),
    );
  });

  test('a limit under the other name keeps its value, and nothing else moves', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(other, { selector: ({ key }) => key, maxLength: 6 }),
        model,
        fc.boolean(),
        fc.array(space, { minLength: 4, maxLength: 9 }),
        (rest, named, isOlder, gaps) => {
          const [asked, known] = isOlder
            ? (['max_tokens', 'max_completion_tokens'] as const)
            : (['max_completion_tokens', 'max_tokens'] as const);
          const withLimit = (key: string): Member[] => [...rest, { key, before: '100.0', after: '100.0' }, named];
          expect(patch(write(withLimit(asked), gaps, 'before'), { maxTokensField: known })).toBe(
            write(withLimit(known), gaps, 'after'),
          );
        },
      ),
    );
  });
});

/** Whether a text can be had from another by leaving characters out. */
function isSubsequence(text: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (at < text.length && text.startsWith(character, at)) at += character.length;
  return at >= text.length;
}

test('bytes that need no change are not even copied', () => {
  const raw = Buffer.from('{"model":"same","messages":[]}');
  expect(patchRequest(readRequest(raw), targetOf({ upstreamModel: 'same' })).call.body).toBe(raw);
});

test('a flag that stands twice among the stream options is refused, whichever would count', () => {
  const text = '{"model":"a","stream":true,"stream_options":{"include_usage":true,"include_usage":false}}';
  expect(() => patch(text)).toThrowError(expect.objectContaining({ code: 'request.duplicate_field' }));
});
