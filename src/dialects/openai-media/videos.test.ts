import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kernel/json.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { NO_USAGE, UNSAID_USAGE } from '../../protocol/usage.ts';
import type { GivenMedia } from '../media-contract.ts';
import { mediaTarget, PNG_BASE64, videoRequest } from '../media-test-support.ts';
import { encodeForm, formField, type NewFormPart, parseForm } from '../multipart.ts';
import { openaiVideos } from './videos.ts';
import { decodeVideoRequest } from './videos-decode-request.ts';
import { encodeVideo, encodeVideoList } from './videos-encode-job.ts';

const PNG = Buffer.from(PNG_BASE64, 'base64');
const TARGET = mediaTarget('sora-2', { path: '/v1/videos' });

function inJson(body: JsonObject): GivenMedia {
  return { raw: Buffer.from(JSON.stringify(body)), body, parts: undefined };
}

function asForm(fields: readonly NewFormPart[]): GivenMedia {
  const raw = encodeForm(fields, 'B');
  const parts = parseForm(raw, 'B');
  const body: JsonObject = {};
  for (const { name, filename } of parts) if (filename === undefined) body[name] = formField(raw, parts, name);
  return { raw, body, parts };
}

const job = (told: JsonObject, id?: string): VideoJob => openaiVideos.decodeJob(Buffer.from(JSON.stringify(told)), id);

describe('a film that a caller asks for in OpenAI’s form', () => {
  test.each<[string, GivenMedia, Partial<ReturnType<typeof decodeVideoRequest>>]>([
    ['words alone', inJson({ prompt: 'a sea', model: 'sora-2' }), { prompt: 'a sea', image: undefined, extra: {} }],
    ['seconds as a string', inJson({ prompt: 'p', seconds: '8', size: '1280x720' }), { seconds: 8, size: '1280x720' }],
    ['seconds as a number', inJson({ prompt: 'p', seconds: 12 }), { seconds: 12 }],
    [
      'an address',
      inJson({ prompt: 'p', input_reference: { image_url: 'https://x.test/a' } }),
      { image: { url: 'https://x.test/a' } },
    ],
    [
      'a data URL',
      inJson({ prompt: 'p', input_reference: { image_url: `data:image/jpeg;base64,${PNG.toString('base64')}` } }),
      { image: { mediaType: 'image/png', data: PNG, filename: undefined } },
    ],
    [
      'null is not said',
      inJson({ prompt: 'p', size: null, seconds: null, input_reference: null }),
      { seconds: undefined },
    ],
    ['fields of no common name', inJson({ prompt: 'p', seed: 4 }), { extra: { seed: 4 } }],
    [
      'a form with a file',
      asForm([
        { name: 'prompt', value: 'p' },
        { name: 'seconds', value: '4' },
        { name: 'input_reference', value: PNG, filename: 'a.png', contentType: 'application/octet-stream' },
      ]),
      { seconds: 4, image: { mediaType: 'image/png', data: PNG, filename: 'a.png' }, extra: {} },
    ],
    [
      'a form that spells an address out',
      asForm([
        { name: 'prompt', value: 'p' },
        { name: 'input_reference[image_url]', value: 'https://x.test/a' },
      ]),
      { image: { url: 'https://x.test/a' }, extra: {} },
    ],
    [
      'a form that holds the reference as JSON',
      asForm([
        { name: 'prompt', value: 'p' },
        { name: 'input_reference', value: '{"image_url":"https://x.test/a"}' },
      ]),
      { image: { url: 'https://x.test/a' } },
    ],
  ])('%s', (_what, given, request) => {
    expect(decodeVideoRequest(given)).toMatchObject({ dialect: 'openai-media', ...request });
  });

  test.each<[string, GivenMedia, string]>([
    ['no prompt', inJson({}), 'prompt'],
    ['a prompt that is no text', inJson({ prompt: 7 }), 'prompt'],
    ['seconds that are none', inJson({ prompt: 'p', seconds: 'long' }), 'seconds'],
    ['seconds below zero', inJson({ prompt: 'p', seconds: -4 }), 'seconds'],
    ['a size that is no text', inJson({ prompt: 'p', size: [] }), 'size'],
    ['a reference that is none', inJson({ prompt: 'p', input_reference: 7 }), 'input_reference'],
    ['a reference without an address', inJson({ prompt: 'p', input_reference: {} }), 'input_reference.image_url'],
    [
      'an address of another kind',
      inJson({ prompt: 'p', input_reference: { image_url: 'file:///etc' } }),
      'input_reference.image_url',
    ],
  ])('%s is refused', (_what, given, param) => {
    expect(() => decodeVideoRequest(given)).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });

  test.each<[string, GivenMedia]>([
    ['a file by its id', inJson({ prompt: 'p', input_reference: { file_id: 'file-1' } })],
    ['a character', inJson({ prompt: 'p', characters: [{ id: 'char_1' }] })],
    ['a file’s id spelt out in a form', asForm([{ name: 'input_reference[file_id]', value: 'file-1' }])],
    ['a character in a form', asForm([{ name: 'characters[0][id]', value: 'char_1' }])],
    ['a file’s id in JSON in a form', asForm([{ name: 'input_reference', value: ' {"file_id":"file-1"}' }])],
  ])('%s is refused, since it may be anybody’s', (_what, given) => {
    expect(() => decodeVideoRequest(given)).toThrow(expect.objectContaining({ code: 'request.not_held' }));
  });
});

describe('a film that is asked of a provider in OpenAI’s form', () => {
  test('goes as JSON where no picture comes along', () => {
    const { call, losses } = openaiVideos.encodeCreate(videoRequest({ seconds: 8, size: '1280x720' }), TARGET);
    expect(call).toMatchObject({ method: 'POST', path: '/v1/videos', headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(String(call.body))).toEqual({
      model: 'sora-2',
      prompt: 'a calm sea',
      seconds: '8',
      size: '1280x720',
    });
    expect(losses).toEqual([]);
  });

  test('goes as a form with its picture', () => {
    const image = { mediaType: 'image/png', data: PNG, filename: undefined };
    const { call } = openaiVideos.encodeCreate(videoRequest({ image, seconds: 4 }), TARGET);
    expect(call.headers).toEqual({ 'content-type': 'multipart/form-data; boundary=boundary' });
    const body = call.body ?? Buffer.alloc(0);
    const parts = parseForm(body, TARGET.boundary);
    expect(parts.map(({ name, filename, contentType }) => [name, filename, contentType])).toEqual([
      ['model', undefined, undefined],
      ['prompt', undefined, undefined],
      ['seconds', undefined, undefined],
      ['input_reference', 'image.png', 'image/png'],
    ]);
    expect(body.subarray(parts[3]?.span.start, parts[3]?.span.end)).toEqual(PNG);
  });

  test('loses what the form has no field for', () => {
    const { call, losses } = openaiVideos.encodeCreate(
      videoRequest({ size: '720p', extra: { negativePrompt: 'rain', x: null } }),
      TARGET,
    );
    expect(losses.map(({ field }) => field)).toEqual(['size', 'negativePrompt']);
    expect(JSON.parse(String(call.body))).toEqual({ model: 'sora-2', prompt: 'a calm sea' });
  });

  test('is looked at, fetched, deleted and made anew by its id, below an address that may end in a query', () => {
    const target = { ...TARGET, path: '/openai/v1/videos?api-version=preview' };
    const paths = [
      openaiVideos.encodeStatus('video_1', target),
      openaiVideos.encodeContent({ ...job({ id: 'video_1' }) }, target, 'video'),
      openaiVideos.encodeContent({ ...job({ id: 'video_1' }) }, TARGET, 'thumbnail'),
      openaiVideos.encodeContent({ ...job({ id: 'video_1' }) }, target, 'thumbnail'),
      openaiVideos.encodeDelete?.('../models/..', TARGET),
      openaiVideos.encodeRemix?.('video_1', { raw: Buffer.from('{}'), contentType: 'application/json' }, TARGET),
    ].map((call) => `${call?.method} ${call?.path}`);
    expect(paths).toEqual([
      'GET /openai/v1/videos/video_1?api-version=preview',
      'GET /openai/v1/videos/video_1/content?api-version=preview',
      'GET /v1/videos/video_1/content?variant=thumbnail',
      'GET /openai/v1/videos/video_1/content?api-version=preview&variant=thumbnail',
      'DELETE /v1/videos/%2E%2E/models/%2E%2E',
      'POST /v1/videos/video_1/remix',
    ]);
  });
});

describe('what a provider tells of a film in OpenAI’s form', () => {
  const told = {
    id: 'video_1',
    object: 'video',
    model: 'sora-2',
    created_at: 1_750_000_000,
    size: '1280x720',
    seconds: '8',
  };

  test.each<[JsonObject, Partial<VideoJob>]>([
    [
      { status: 'queued', progress: 0 },
      { status: 'queued', progress: 0, usage: UNSAID_USAGE },
    ],
    [
      { status: 'in_progress', progress: 33 },
      { status: 'running', progress: 33, seconds: 8, size: '1280x720' },
    ],
    [{ status: 'completed' }, { status: 'done', usage: { usage: { ...NO_USAGE, seconds: 8 }, anomalies: [] } }],
    [
      { status: 'failed', error: { code: 'moderation_blocked', message: 'No.' } },
      { status: 'failed', error: { code: 'moderation_blocked', message: 'No.' }, usage: UNSAID_USAGE },
    ],
    [
      { status: 'failed' },
      { status: 'failed', error: { code: undefined, message: 'The provider could not make the film.' } },
    ],
    [{ status: 'rendering' }, { status: 'running', error: undefined }],
    [
      { status: 'completed', seconds: 4, size: 7, progress: 'x', model: [], extra: {} },
      { seconds: 4, size: undefined, progress: undefined },
    ],
    [
      { status: 'completed', seconds: 'x' },
      { seconds: undefined, usage: UNSAID_USAGE },
    ],
  ])('%j', (more, expected) => {
    expect(job({ ...told, ...more })).toMatchObject({ id: 'video_1', ...expected });
  });

  test.each([['{'], ['7'], ['null'], ['{}'], ['{"id":7}'], ['{"id":""}']])('%s is no answer', (text) => {
    expect(() => openaiVideos.decodeJob(Buffer.from(text), undefined)).toThrow(
      expect.objectContaining({ code: 'upstream.invalid_answer' }),
    );
  });

  test('an error in the place of a film is the provider’s fault', () => {
    expect(() => job({ error: { message: 'gone' } })).toThrow(expect.objectContaining({ code: 'upstream.error' }));
  });

  test('it will be billed by the seconds and the size that it tells, else by those asked for, else by the default', () => {
    const bare = job({ id: 'video_1' });
    const { expect: will } = openaiVideos;
    expect(will(videoRequest({ seconds: 12 }), job(told))).toMatchObject({
      seconds: 8,
      made: { imageSize: '1280x720' },
    });
    expect(will(videoRequest({ seconds: 12, size: '1792x1024' }), bare)).toMatchObject({
      seconds: 12,
      made: { imageSize: '1792x1024' },
    });
    expect(will(videoRequest(), bare)).toMatchObject({
      seconds: 4,
      usage: { seconds: 4 },
      made: { imageSize: '720x1280' },
    });
  });
});

describe('a film as a caller sees it', () => {
  const known = { id: 'video_ours', model: 'google/veo', createdAtSeconds: 5, seconds: 8, size: undefined };

  test('has every field of the form, and null where nobody knows', () => {
    expect(encodeVideo(job({ id: 'x', status: 'in_progress' }), known)).toEqual({
      id: 'video_ours',
      object: 'video',
      model: 'google/veo',
      status: 'in_progress',
      progress: 0,
      created_at: 5,
      completed_at: null,
      expires_at: null,
      prompt: null,
      size: null,
      seconds: '8',
      remixed_from_video_id: null,
      error: null,
    });
  });

  test('is a hundred per cent done when it is done, and says why it failed', () => {
    expect(encodeVideo(job({ id: 'x', status: 'completed' }), known)).toMatchObject({
      status: 'completed',
      progress: 100,
    });
    expect(encodeVideo(job({ id: 'x', status: 'failed', error: { message: 'No.' } }), known)).toMatchObject({
      status: 'failed',
      error: { code: 'failed', message: 'No.' },
    });
  });

  test('stands in a list that tells where it begins and ends', () => {
    expect(encodeVideoList([], false)).toEqual({
      object: 'list',
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
    expect(encodeVideoList([{ id: 'a' }, { id: 'b' }], true)).toMatchObject({
      first_id: 'a',
      last_id: 'b',
      has_more: true,
    });
  });
});
