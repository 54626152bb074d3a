import { describe, expect, test } from 'vitest';
import { KEPT_CHARS_MAX, READ_BYTES_MAX, textOfSide } from './content-text.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const EVENTS = 'text/event-stream; charset=utf-8';

function side(text: string, { mediaType = JSON_TYPE, redacts = true, of = text } = {}) {
  return textOfSide({ mediaType, bytes: Buffer.byteLength(of), read: Buffer.from(text) }, redacts);
}

function events(...data: readonly unknown[]): string {
  return data.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}

function delta(content: string, index = 0) {
  return { id: 'chatcmpl-1', choices: [{ index, delta: { content } }] };
}

describe('JSON', () => {
  test('is stored without what names people, wherever it stands and however it is escaped', () => {
    const sent = '{"messages":[{"content":"mail ann\\u0040example.com"}],"user":"bob@example.com","sk-abcdefgh1234":1}';
    expect(side(sent)).toEqual({
      mediaType: JSON_TYPE,
      bytes: sent.length,
      text: '{"messages":[{"content":"mail [redacted: e-mail address]"}],"user":"[redacted: e-mail address]","[redacted: key]":1}',
      isCut: false,
    });
  });

  test('is stored without the number of a card that is said as a number', () => {
    expect(side('{"card":4111111111111111,"at":1795896771,"half":0.5}')).toMatchObject({
      text: '{"card":"[redacted: card number]","at":1795896771,"half":0.5}',
    });
  });

  test('is stored as it was said where nothing is to be struck out', () => {
    expect(side('{"user": "bob@example.com"}', { redacts: false })).toMatchObject({
      text: '{"user":"bob@example.com"}',
    });
  });

  test('is cut after it was cleaned: no half of a secret stands at the end', () => {
    const before = KEPT_CHARS_MAX - '{"a":"'.length - 'sk-'.length;
    const stored = side(JSON.stringify({ a: `${'. '.repeat(before / 2)} sk-abcdefgh12345678` }));
    expect(stored).toMatchObject({ isCut: true, text: expect.not.stringContaining('sk-') });
    expect('text' in stored && stored.text).toHaveLength(KEPT_CHARS_MAX);
  });

  test('names pictures by their length', () => {
    const picture = `data:image/png;base64,${'iVBORw0K'.repeat(200)}`;
    expect(side(JSON.stringify({ url: picture }), { redacts: false })).toMatchObject({
      text: JSON.stringify({ url: `[${picture.length} characters of base64]` }),
    });
  });

  test('that is none is not stored, since nobody can say what stands in it', () => {
    expect(side('{"key": "sk-abcdefgh1')).toEqual({ mediaType: JSON_TYPE, bytes: 21, notStored: 'unreadable' });
  });
});

describe('what is told by its type and size alone', () => {
  test.each([
    ['a form with files', 'multipart/form-data; boundary=x', 'not_text'],
    ['sound', 'audio/mpeg', 'not_text'],
    ['a picture', 'image/png', 'not_text'],
    ['bytes', 'application/octet-stream', 'not_text'],
  ])('%s', (_name, mediaType, notStored) => {
    expect(side('anything', { mediaType })).toEqual({ mediaType, bytes: 8, notStored });
  });

  test('a body that is too large, and none at all', () => {
    expect(side('', { of: 'x'.repeat(READ_BYTES_MAX + 1) })).toMatchObject({ notStored: 'too_large' });
    expect(side('')).toMatchObject({ notStored: 'nothing_sent' });
  });
});

describe('a stream', () => {
  test('is stored as its events, with its other lines as they are', () => {
    const sent = `event: message_start\n${events({ type: 'message_start' })}: comment\n\ndata: [DONE]\n\n`;
    expect(side(sent, { mediaType: EVENTS })).toMatchObject({ text: sent, isCut: false });
  });

  test('keeps no secret that is said piece by piece', () => {
    const said = events(delta('Write to '), delta('ann'), delta('@exam'), delta('ple.com'), delta(' today'));
    expect(side(said, { mediaType: EVENTS })).toMatchObject({
      text: events(delta('Write to '), delta('[redacted: e-mail address]'), delta(''), delta(''), delta(' today')),
    });
  });

  test('puts only pieces of one answer together', () => {
    const said = events(delta('ann', 0), delta('4111 1111', 1), delta('@example.com', 0), delta(' 1111 1111', 1));
    expect(side(said, { mediaType: EVENTS })).toMatchObject({
      text: events(
        delta('[redacted: e-mail address]', 0),
        delta('[redacted: card number]', 1),
        delta('', 0),
        delta('', 1),
      ),
    });
  });

  test('knows the pieces of other dialects by their places too', () => {
    const anthropic = (text: string) => ({
      type: 'content_block_delta',
      index: 2,
      delta: { type: 'text_delta', text },
    });
    const responses = (text: string) => ({ type: 'response.output_text.delta', output_index: 1, delta: text });
    for (const piece of [anthropic, responses]) {
      const stored = side(events(piece('sk-abc'), piece('defgh1234')), { mediaType: EVENTS });
      expect(stored).toMatchObject({ text: events(piece('[redacted: key]'), piece('')) });
    }
  });

  test('that was not read to its end loses the last of what was read, which may be half a secret', () => {
    const said = events(...Array.from({ length: 1000 }, () => delta('word ')), delta('bob@exam'));
    const stored = side(said, { mediaType: EVENTS, of: `${said}more` });
    expect(stored).toMatchObject({ isCut: true, text: expect.not.stringContaining('bob') });
    expect(stored).toMatchObject({ text: expect.stringContaining('word ') });
  });
});

const TIME_MS_MAX = 2000;

test('the longest side takes no long time', () => {
  const said = events(...Array.from({ length: 12_000 }, () => delta('a@b.c 1-')));
  const startedMs = performance.now();
  side(said.slice(0, READ_BYTES_MAX), { mediaType: EVENTS, of: said });
  side(JSON.stringify({ text: 'call 0912 345 678, a@b.c '.repeat(40_000) }));
  expect(performance.now() - startedMs).toBeLessThan(TIME_MS_MAX);
});
