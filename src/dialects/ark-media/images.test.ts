import { describe, expect, it } from 'vitest';
import { parseJson } from '../../kernel/json.ts';
import type { ImagesRequest, ImagesResponse } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { imagesRequest, mediaTarget, PNG_BASE64, PNG_FILE } from '../media-test-support.ts';
import { arkImages } from './images.ts';
import { arkMedia } from './index.ts';

const FOURTH = 'doubao-seedream-4-0-250828';
const THIRD = 'doubao-seedream-3-0-t2i-250415';
const EDIT = 'doubao-seededit-3-0-i2i-250628';
const FIFTH = 'doubao-seedream-5-0-260128';
const DATA_URL = `data:image/png;base64,${PNG_BASE64}`;

function encode(fields: Partial<ImagesRequest>, model = FOURTH) {
  const target = mediaTarget(model, { path: '/api/v3/images/generations' });
  const { call, losses, asked } = arkImages.encodeRequest(imagesRequest(fields), target);
  return { call, asked, lost: losses.map(({ field }) => field), body: parseJson(call.body?.toString() ?? '') };
}

function decode(answer: unknown): ImagesResponse {
  return arkImages.decodeResponse(Buffer.from(JSON.stringify(answer)));
}

describe('a request', () => {
  it.each([
    [FOURTH, {}, {}],
    [FOURTH, { size: '2K', wants: 'bytes' }, { size: '2K', response_format: 'b64_json' }],
    [FOURTH, { size: 'auto', wants: 'url', count: 1 }, { response_format: 'url' }],
    [FOURTH, { images: [PNG_FILE] }, { image: DATA_URL }],
    [FOURTH, { images: [PNG_FILE, PNG_FILE] }, { image: [DATA_URL, DATA_URL] }],
    [FOURTH, { extra: { watermark: false } }, { watermark: false }],
    [THIRD, { seed: 7, extra: { guidanceScale: 2.5 } }, { seed: 7, guidance_scale: 2.5 }],
    [EDIT, { images: [PNG_FILE], size: 'adaptive' }, { image: DATA_URL, size: 'adaptive' }],
    [FIFTH, { outputFormat: 'png' }, { output_format: 'png' }],
    [
      FOURTH,
      { extra: { sequentialImageGeneration: 'auto', sequentialImageGenerationOptions: { maxImages: 3 } } },
      { sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 3 } },
    ],
    ['ep-20260101-abcde', { seed: 7, outputFormat: 'png' }, { seed: 7, output_format: 'png' }],
  ] as const)('to %s for %j says %j', (model, fields, more) => {
    const { body, lost, call } = encode(fields, model);
    expect(body).toEqual({ model, prompt: 'a lighthouse', ...more });
    expect(lost).toEqual([]);
    expect(call).toMatchObject({ path: '/api/v3/images/generations', headers: { 'content-type': 'application/json' } });
  });

  it.each([
    [FOURTH, { seed: 7 }, ['seed'], {}],
    [FOURTH, { outputFormat: 'png', extra: { guidance_scale: 3 } }, ['guidance_scale', 'outputFormat'], {}],
    [THIRD, { images: [PNG_FILE], count: 2 }, ['count', 'images'], {}],
    [EDIT, { size: '1024x1024' }, ['size'], {}],
    [
      FOURTH,
      { count: 3 },
      ['count'],
      { sequential_image_generation: 'auto', sequential_image_generation_options: { max_images: 3 } },
    ],
    [
      FOURTH,
      {
        quality: 'hd',
        style: 'vivid',
        background: 'transparent',
        moderation: 'low',
        outputCompression: 5,
        endUser: 'u',
      },
      ['background', 'endUser', 'moderation', 'outputCompression', 'quality', 'style'],
      {},
    ],
    [FOURTH, { mask: PNG_FILE, extra: { whatever: 1, partial_images: 1 } }, ['mask', 'partial_images', 'whatever'], {}],
  ] as const)('to %s for %j loses %j', (model, fields, lost, more) => {
    const encoded = encode(fields, model);
    expect(encoded.lost.toSorted()).toEqual(lost);
    expect(encoded.body).toEqual({ model, prompt: 'a lighthouse', ...more });
  });
});

describe('an answer', () => {
  it('holds addresses, the size of what was made, and how many succeeded', () => {
    const answer = decode({
      model: FOURTH,
      created: 1_757_000_000,
      data: [
        { url: 'https://pictures.example/1.jpeg', size: '2048x2048' },
        { error: { code: 'OutputImageSensitiveContentDetected', message: 'Not to be shown.' } },
      ],
      usage: { generated_images: 1, output_tokens: 16_384, total_tokens: 16_384 },
    });
    expect(answer).toMatchObject({
      images: [{ source: { from: 'url', url: 'https://pictures.example/1.jpeg' } }],
      size: '2048x2048',
      servedModel: FOURTH,
      fault: { code: 'upstream.content_policy', upstream: { message: 'Not to be shown.' } },
    });
    expect(answer.usage).toEqual({ usage: { ...NO_USAGE, images: 1, imageOutputTokens: 16_384 }, anomalies: [] });
  });

  it('holds bytes, which are JPEG unless they say otherwise', () => {
    const { images } = decode({ data: [{ b64_json: 'AAAA' }, { b64_json: PNG_BASE64 }] });
    expect(images.map(({ source }) => source.mediaType)).toEqual(['image/jpeg', 'image/png']);
  });

  it.each([
    [{ generated_images: -1 }, ['negative:generated_images']],
    [{ generated_images: 'one', output_tokens: 1.5 }, ['not_a_number:generated_images', 'not_whole:output_tokens']],
    [7, ['not_an_object:usage']],
  ])('with the usage %j counts what came', (usage, anomalies) => {
    expect(decode({ data: [{ b64_json: 'AAAA' }], usage }).usage).toMatchObject({ usage: { images: 1 }, anomalies });
  });

  it.each([
    [{ error: { code: 'InputTextSensitiveContentDetected', message: 'm' } }, 'upstream.content_policy'],
    [{ data: [], error: { code: 'InternalServiceError', message: 'm' } }, 'upstream.error'],
    [{}, 'upstream.invalid_answer'],
    [[], 'upstream.invalid_answer'],
    ['text', 'upstream.invalid_answer'],
  ])('that is %j ends in %s', (answer, code) => {
    expect(() => decode(answer)).toThrow(expect.objectContaining({ code }));
  });

  it('may hold anything else', () => {
    const answer = decode({ model: 7, data: [null, 7, { url: 7 }, { size: {} }, { error: 'x' }], error: {} });
    expect(answer).toMatchObject({ images: [], size: undefined, servedModel: undefined, fault: undefined });
  });
});

it.each([
  [400, { code: 'InputImageSensitiveContentDetected', message: 'm' }, 'upstream.content_policy'],
  [400, { code: 'InvalidParameter', message: 'size', param: 'size' }, 'upstream.bad_request'],
  [401, { code: 'AuthenticationError', message: 'm' }, 'upstream.credential_rejected'],
  [403, { code: 'AccountOverdueError', message: 'm' }, 'upstream.credential_rejected'],
  [404, { code: 'ModelNotOpen', message: 'm' }, 'upstream.not_found'],
  [429, { code: 'QuotaExceeded', message: 'm' }, 'upstream.rate_limited'],
  [500, { code: 'InternalServiceError', message: 'm' }, 'upstream.error'],
  [502, 'no object', 'upstream.error'],
])('an error with status %i and %j is %s', (status, error, code) => {
  const body = Buffer.from(JSON.stringify({ error }));
  expect(arkMedia.decodeFault({ status, headers: {}, body }, 0).code).toBe(code);
});
