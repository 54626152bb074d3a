import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../kernel/errors.ts';
import { boundaryOf, encodeForm, formField, type NewFormPart, parseForm } from './multipart.ts';
import { spliceBytes } from './patch-json.ts';

/** Characters that a boundary may hold: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1 */
const BOUNDARY_CHARACTERS = "abzABZ059'()+_,-./:=?";
const boundaries = fc
  .array(fc.constantFrom(...BOUNDARY_CHARACTERS.split('')), { minLength: 1, maxLength: 70 })
  .map((characters) => characters.join(''));
const names = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .map((name) => name.replace(/["\r\n;]/g, '_'));

/** Content that is likely to hold what only looks like the end of a part. */
function contents(boundary: string): fc.Arbitrary<Buffer> {
  const near = [
    `\r\n--${boundary}`,
    `--${boundary}\r\n`,
    `\n--${boundary}--`,
    `\r\n-${boundary}`,
    '\r\n--',
    '\r\n',
    '--',
  ];
  return fc
    .array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...near)), { maxLength: 12 })
    .map((pieces) => Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))));
}

/** Whether content really holds a line that ends its part. */
function holdsBoundary(content: Buffer, boundary: string): boolean {
  const text = `\r\n${content.toString('latin1')}\r\n`;
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\r\n--${escaped}(?:--)?[ \t]*\r\n`).test(text);
}

const forms = boundaries.chain((boundary) =>
  fc.record({
    boundary: fc.constant(boundary),
    parts: fc.array(
      fc.record({
        name: names,
        value: contents(boundary).filter((content) => !holdsBoundary(content, boundary)),
        filename: fc.option(names, { nil: undefined }),
        contentType: fc.constantFrom(undefined, 'image/png', 'application/octet-stream'),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
);

function parse(text: string | Buffer, boundary = 'B'): ReturnType<typeof parseForm> {
  return parseForm(Buffer.from(text), boundary);
}

describe('a form is read in place', () => {
  test('any parts of any bytes come back as they were written', () => {
    fc.assert(
      fc.property(forms, ({ boundary, parts }) => {
        const body = encodeForm(parts, boundary);
        const read = parseForm(body, boundary);
        expect(read.map(({ name, filename, contentType }) => ({ name, filename, contentType }))).toEqual(
          parts.map(({ name, filename, contentType }) => ({ name, filename, contentType })),
        );
        expect(read.map(({ span }) => body.subarray(span.start, span.end))).toEqual(parts.map(({ value }) => value));
      }),
    );
  });

  test('a name may hold what other texts take for the end of a line', () => {
    const name = 'a\u2028content-disposition: form-data; name=b\u2029';
    const body = encodeForm([{ name, value: '1', filename: 'f\u2028g', contentType: 'text/plain' }], 'B');
    expect(parseForm(body, 'B')).toMatchObject([{ name, filename: 'f\u2028g', contentType: 'text/plain' }]);
  });

  test('one field is replaced, and every other byte stays', () => {
    fc.assert(
      fc.property(forms, fc.nat(), fc.string(), ({ boundary, parts }, choice, text) => {
        const body = encodeForm(parts, boundary);
        const read = parseForm(body, boundary);
        const chosen = read[choice % read.length];
        if (chosen === undefined) throw new Error('a form has a part');
        fc.pre(!holdsBoundary(Buffer.from(text), boundary));
        const changed = spliceBytes(body, [{ ...chosen.span, text }]);
        expect(changed.subarray(0, chosen.span.start)).toEqual(body.subarray(0, chosen.span.start));
        expect(changed.subarray(chosen.span.start + Buffer.byteLength(text))).toEqual(body.subarray(chosen.span.end));
        const values = parseForm(changed, boundary).map(({ span }) => changed.subarray(span.start, span.end));
        expect(values).toEqual(read.map((part, index) => (part === chosen ? Buffer.from(text) : parts[index]?.value)));
      }),
    );
  });

  test('bytes of any kind are read or refused, and nothing else', () => {
    fc.assert(
      fc.property(boundaries, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (boundary, bytes, begins) => {
        const body = begins ? Buffer.concat([Buffer.from(`--${boundary}\r\n`), bytes]) : Buffer.from(bytes);
        try {
          parseForm(body, boundary);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
      }),
    );
  });

  test('a form that ends too early is refused wherever it was cut', () => {
    const body = encodeForm(
      [
        { name: 'model', value: 'whisper-1' },
        { name: 'file', value: Buffer.from('sound'), filename: 'a.wav' },
      ],
      'B',
    );
    // The line break behind the last boundary may be missing.
    for (let end = 0; end < body.length - 2; end += 1) {
      expect(() => parse(body.subarray(0, end)), `cut at ${end}`).toThrow(GatewayError);
    }
    expect(parse(body.subarray(0, body.length - 2))).toHaveLength(2);
  });

  test('a preamble, an epilogue and blanks behind a boundary mean nothing', () => {
    const text =
      'a preamble --B\r\n--B \t\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--B--  \r\nmore --B\r\n';
    const parts = parse(text);
    expect(parts.map(({ name }) => name)).toEqual(['a']);
    expect(formField(Buffer.from(text), parts, 'a')).toBe('1');
  });

  test('a line that merely begins like a boundary is content', () => {
    const text = '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--Bx\r\n--B-\r\n--B--x\r\n2\r\n--B--';
    const parts = parse(text);
    expect(formField(Buffer.from(text), parts, 'a')).toBe('1\r\n--Bx\r\n--B-\r\n--B--x\r\n2');
  });

  test.each([
    ['no boundary at all', 'hello'],
    ['a boundary within a line', 'x--B\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\nx--B--'],
    ['a part without a name', '--B\r\ncontent-disposition: form-data\r\n\r\n1\r\n--B--'],
    ['a part whose name is not quoted', '--B\r\ncontent-disposition: form-data; name=model\r\n\r\n1\r\n--B--'],
    ['a part without headers', '--B\r\n1\r\n--B--'],
    ['two names in a header', '--B\r\ncontent-disposition: form-data; name="a"; name="b"\r\n\r\n1\r\n--B--'],
    [
      'two headers with a name',
      '--B\r\ncontent-disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"\r\n\r\n1\r\n--B--',
    ],
    ['nothing between two boundaries', '--B\r\n--B--'],
    [
      'headers without an end',
      `--B\r\ncontent-disposition: form-data; name="a"; x="${'x'.repeat(9000)}"\r\n\r\n1\r\n--B--`,
    ],
  ])('%s is refused', (_what, text) => {
    expect(() => parse(text)).toThrow(GatewayError);
  });

  test('a form of thousands of parts is refused', () => {
    const part = (index: number): NewFormPart => ({ name: `f${index}`, value: '1' });
    const form = (count: number): Buffer =>
      encodeForm(
        Array.from({ length: count }, (_, index) => part(index)),
        'B',
      );
    expect(parse(form(256))).toHaveLength(256);
    expect(() => parse(form(257))).toThrow('more than 256 parts');
    expect(() => parse(form(20_000))).toThrow('more than 256 parts');
  });

  test('no parts are no parts', () => {
    expect(parse('--B--\r\n')).toEqual([]);
  });

  test('names that would end their quotes are written so that they do not', () => {
    const body = encodeForm([{ name: 'a"b', value: '1', filename: 'c\r\nd"' }], 'B');
    expect(body.toString()).toContain('name="a%22b"; filename="c%0D%0Ad%22"');
    expect(parse(body)).toHaveLength(1);
  });
});

describe('the boundary of a content type', () => {
  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;boundary="a b;c"', 'a b;c'],
    ['multipart/form-data; charset=utf-8; boundary=----X', '----X'],
    ['multipart/form-data', undefined],
    ['multipart/form-data; boundary=', undefined],
    ['multipart/mixed; boundary=abc', undefined],
    ['application/json', undefined],
    [undefined, undefined],
  ])('%s → %s', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
