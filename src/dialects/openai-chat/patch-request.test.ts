import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRequest } from './decode-request.ts';
import { patchRequest } from './patch-request.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

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
const RESERVED = new Set(['model', 'stream', 'stream_options', 'user', 'metadata', 'n', 'prompt']);
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

function patch(text: string): string {
  const raw = Buffer.from(text);
  const decoded = decodeRequest(raw, 'chat', LIMITS);
  return patchRequest(raw, decoded, { upstreamModel: 'routed "é"', askForUsage: true }).toString();
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

test('bytes that need no change are not even copied', () => {
  const raw = Buffer.from('{"model":"same","messages":[]}');
  const decoded = decodeRequest(raw, 'chat', LIMITS);
  expect(patchRequest(raw, decoded, { upstreamModel: 'same', askForUsage: true })).toBe(raw);
});

test('a flag that stands twice among the stream options is refused, whichever would count', () => {
  const text = '{"model":"a","stream":true,"stream_options":{"include_usage":true,"include_usage":false}}';
  expect(() => patch(text)).toThrowError(expect.objectContaining({ code: 'request.duplicate_field' }));
});
