import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../protocol/operation.ts';
import { readJsonBody } from '../json-request.ts';
import { readHead } from './read-head.ts';

const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };
const decode = (text: string | Buffer, operation: Operation = 'chat') =>
  readHead(readJsonBody(Buffer.from(text), LIMITS).body, operation);

describe('a body that is refused', () => {
  test.each([
    ['nothing', '', 'request.body_required', /no body/],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'request.not_utf8', /UTF-8/],
    [
      'a word that is not JSON, by its place',
      '{"model": gpt}',
      'request.malformed_json',
      /position 10 \(line 1, column 11\)/,
    ],
    ['an error on a later line', '{\n"model": "é",\n}', 'request.malformed_json', /position 16 \(line 3, column 1\)/],
    ['a body that ends too early', '{"model":', 'request.malformed_json', /position 9 /],
    ['an array', '[]', 'request.invalid', /must be a JSON object/],
    ['no model', '{}', 'request.invalid', /`model` must be/],
    ['a model that is no text', '{"model":5}', 'request.invalid', /`model` must be/],
    ['a model of spaces', '{"model":"  "}', 'request.invalid', /`model` must be/],
    ['a model of 257 characters', `{"model":"${'m'.repeat(257)}"}`, 'request.invalid', /longer than 256/],
    ['a stream that is no boolean', '{"model":"a","stream":"yes"}', 'request.invalid', /`stream` must be/],
    ['options that are no object', '{"model":"a","stream":true,"stream_options":[]}', 'request.invalid', /an object/],
    ['a model twice', '{"model":"a","model":"b"}', 'request.duplicate_field', /twice/],
    ['65 levels', `{"model":"a","x":${'['.repeat(64)}${']'.repeat(64)}}`, 'request.too_deep', /deep/],
  ])('%s', (_name, body, code, message) => {
    expect(() => decode(body)).toThrowError(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test('of many megabytes is refused without a search for the place', () => {
    const body = `{"model":"a","x":"${'\\"'.repeat(4_000_000)}`;
    // Time of the processor and not of the clock, which runs on while others have the machine.
    const before = process.cpuUsage();
    expect(() => decode(body)).toThrowError(expect.objectContaining({ message: 'The body is not valid JSON.' }));
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  test('is never quoted', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('{"model":"a","k":sk-canary-1}', '{"sk-canary-1"', '["sk-canary-1",,', 'sk-canary-1'),
        (body) => {
          expect(() => decode(body)).toThrowError(
            expect.objectContaining({ message: expect.not.stringContaining('canary') }),
          );
        },
      ),
    );
  });
});

describe('what is read', () => {
  test.each([
    ['a stream', '{"model":"a","stream":true}', { streamed: true, wantsUsage: false }],
    [
      'a stream that was asked for usage',
      '{"model":"a","stream":true,"stream_options":{"include_usage":true}}',
      { wantsUsage: true },
    ],
    [
      'usage without a stream',
      '{"model":"a","stream_options":{"include_usage":true}}',
      { streamed: false, wantsUsage: false },
    ],
    ['null for no', '{"model":"a","stream":null,"stream_options":null}', { streamed: false, wantsUsage: false }],
    ['the end user', '{"model":"a","user":"u1","metadata":{"user_id":"u2"}}', { endUser: 'u1' }],
    ['the end user among the metadata', '{"model":"a","metadata":{"user_id":"u2"}}', { endUser: 'u2' }],
    ['the end user under the newer name', '{"model":"a","safety_identifier":"u3"}', { endUser: 'u3' }],
    ['an end user that is no text', '{"model":"a","user":7}', { endUser: undefined }],
    ['a long end user', `{"model":"a","user":"${'u'.repeat(300)}"}`, { endUser: 'u'.repeat(256) }],
    ['one choice', '{"model":"a","n":1}', { manyChoices: false }],
    ['several choices', '{"model":"a","n":2}', { manyChoices: true }],
    ['several prompts', '{"model":"a","prompt":["x","y"]}', { manyChoices: true }],
  ])('%s', (_name, body, expected) => {
    expect(decode(body)).toMatchObject(expected);
  });

  test('embeddings are never streamed', () => {
    expect(decode('{"model":"a","stream":true}', 'embeddings').streamed).toBe(false);
  });
});

describe('what a provider holds', () => {
  const referencesOf = (messages: unknown) => decode(JSON.stringify({ model: 'a', messages })).references;

  test('is found by its id: uploaded files, and the sound of earlier answers', () => {
    const file = { type: 'file', file: { file_id: 'file-1' } };
    expect(
      referencesOf([
        { role: 'user', content: [{ type: 'text', text: 'x' }, file] },
        { role: 'assistant', audio: { id: 'audio-1' } },
      ]),
    ).toEqual([
      { id: 'file-1', field: 'messages[0].content[1].file.file_id' },
      { id: 'audio-1', field: 'messages[1].audio.id' },
    ]);
  });

  test.each([[undefined], [null], ['x'], [[null, 5, { content: [null, { file: 3 }] }, { audio: null }]]])(
    'is nothing in %j',
    (messages) => {
      expect(referencesOf(messages)).toEqual([]);
    },
  );
});
