import { describe, expect, it } from 'vitest';
import { parseJson } from '../../kernel/json.ts';
import type { ImagesRequest, ImagesResponse } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import { imagesRequest, mediaTarget, PNG_BASE64, PNG_FILE } from '../media-test-support.ts';
import { geminiImages } from './images.ts';
import { geminiMedia } from './index.ts';

const GEMINI = 'gemini-2.5-flash-image';
const IMAGEN = 'imagen-4.0-generate-001';

function encode(fields: Partial<ImagesRequest>, model = GEMINI) {
  const target = mediaTarget(model, { path: '/v1beta/models' });
  const { call, losses, asked } = geminiImages.encodeRequest(imagesRequest(fields), target);
  return {
    call,
    asked,
    lost: losses.map(({ field }) => field),
    body: parseJson(call.body?.toString() ?? ''),
  };
}

function decode(answer: unknown): ImagesResponse {
  return geminiImages.decodeResponse(Buffer.from(JSON.stringify(answer)));
}

describe('a request to a Gemini model', () => {
  it('is a turn of words and pictures that asks for a picture', () => {
    const { call, body, lost } = encode({ images: [PNG_FILE], seed: 7 });
    expect(call).toMatchObject({ method: 'POST', path: `/v1beta/models/${GEMINI}:generateContent` });
    expect(body).toEqual({
      contents: [
        {
          role: 'user',
          parts: [{ text: 'a lighthouse' }, { inlineData: { mimeType: 'image/png', data: PNG_BASE64 } }],
        },
      ],
      generationConfig: { responseModalities: ['IMAGE'], seed: 7 },
    });
    expect(lost).toEqual([]);
  });

  it.each([
    [GEMINI, '1024x1024', { aspectRatio: '1:1' }, []],
    [GEMINI, '1536x1024', { aspectRatio: '3:2' }, ['size']],
    [GEMINI, '1024x1792', { aspectRatio: '9:16' }, ['size']],
    [GEMINI, '16:9', { aspectRatio: '16:9' }, []],
    [GEMINI, '2K', undefined, ['size']],
    [GEMINI, '1K', undefined, []],
    [GEMINI, '1:8', undefined, ['size']],
    [GEMINI, '100x1000', undefined, ['size']],
    [GEMINI, 'auto', undefined, []],
    [GEMINI, 'huge', undefined, ['size']],
    ['gemini-2.0-flash-preview-image-generation', '1024x1024', undefined, []],
    ['gemini-3-pro-image-preview', '2048x2048', { aspectRatio: '1:1', imageSize: '2K' }, []],
    ['gemini-3-pro-image-preview', '3840x2160', { aspectRatio: '16:9', imageSize: '4K' }, ['size']],
    ['gemini-3-pro-image-preview', '4k', { imageSize: '4K' }, []],
    ['models/gemini-3.1-flash-image', '1:8', { aspectRatio: '1:8' }, []],
    ['a-name-to-come', '512x512', { aspectRatio: '1:1', imageSize: '512' }, []],
  ])('%s is asked for %s as %j', (model, size, imageConfig, losses) => {
    const { body, lost } = encode({ size }, model);
    expect(lost).toEqual(losses);
    expect(body).toHaveProperty('generationConfig');
    const expected = imageConfig === undefined ? {} : { imageConfig };
    expect(body).toMatchObject({ generationConfig: expected });
    if (imageConfig === undefined) expect(body).not.toHaveProperty('generationConfig.imageConfig');
  });

  it('takes Google’s own words beside the common ones', () => {
    const extra = { imageConfig: { aspectRatio: '21:9', imageSize: '2K' }, temperature: 0.5, top_p: 0.9 };
    expect(encode({ size: '1024x1024', extra }, 'gemini-3-pro-image-preview')).toMatchObject({
      body: {
        generationConfig: { imageConfig: { aspectRatio: '21:9', imageSize: '2K' }, temperature: 0.5, topP: 0.9 },
      },
      lost: [],
      asked: { imageSize: '2K' },
    });
    expect(encode({ extra: { aspect_ratio: '4:5' } }).body).toMatchObject({
      generationConfig: { imageConfig: { aspectRatio: '4:5' } },
    });
  });

  it('tells what it cannot say', () => {
    const { lost } = encode({
      count: 3,
      quality: 'high',
      style: 'vivid',
      background: 'transparent',
      outputFormat: 'png',
      outputCompression: 50,
      moderation: 'low',
      endUser: 'u',
      mask: PNG_FILE,
      extra: { whatever: 1, partial_images: 2 },
    });
    expect(lost.toSorted()).toEqual(
      [
        'background',
        'count',
        'endUser',
        'mask',
        'moderation',
        'outputCompression',
        'outputFormat',
        'partial_images',
        'quality',
        'style',
        'whatever',
      ].toSorted(),
    );
  });

  it('loses nothing with words that ask for what is made anyway', () => {
    const usual = {
      count: 1,
      quality: 'standard',
      background: 'opaque',
      moderation: 'auto',
      extra: { partial_images: 0 },
    };
    expect(encode(usual).lost).toEqual([]);
  });
});

describe('a request to an Imagen model', () => {
  it('is a prediction', () => {
    const { call, body, lost, asked } = encode(
      {
        count: 3,
        size: '2048x2048',
        outputFormat: 'jpeg',
        outputCompression: 80,
        extra: { personGeneration: 'allow_adult' },
      },
      IMAGEN,
    );
    expect(call.path).toBe(`/v1beta/models/${IMAGEN}:predict`);
    expect(body).toEqual({
      instances: [{ prompt: 'a lighthouse' }],
      parameters: {
        sampleCount: 3,
        aspectRatio: '1:1',
        sampleImageSize: '2K',
        outputOptions: { mimeType: 'image/jpeg', compressionQuality: 80 },
        personGeneration: 'allow_adult',
      },
    });
    expect(lost).toEqual([]);
    expect(asked).toEqual({ imageSize: '2K' });
  });

  it('draws at most four at once, out of words, without a seed', () => {
    const { body, lost } = encode({ count: 10, seed: 1, images: [PNG_FILE], outputFormat: 'webp' }, IMAGEN);
    expect(body).toMatchObject({ parameters: { sampleCount: 4 } });
    expect(lost.toSorted()).toEqual(['count', 'images', 'outputFormat', 'seed']);
  });
});

describe('an answer of a Gemini model', () => {
  const part = { inlineData: { mimeType: 'image/webp', data: 'UklGR' } };

  it('holds pictures, and tokens by what they are of', () => {
    const answer = decode({
      candidates: [
        {
          content: {
            parts: [{ text: 'Here it is.' }, { ...part, thought: true }, part, { inlineData: { data: PNG_BASE64 } }],
          },
          finishReason: 'STOP',
        },
      ],
      usageMetadata: {
        promptTokenCount: 270,
        candidatesTokenCount: 1300,
        thoughtsTokenCount: 30,
        totalTokenCount: 1600,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 12 },
          { modality: 'IMAGE', tokenCount: 258 },
        ],
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
      },
      modelVersion: 'gemini-2.5-flash-image',
    });
    expect(answer.images).toEqual([
      { source: { from: 'base64', mediaType: 'image/webp', data: 'UklGR' }, revisedPrompt: undefined },
      { source: { from: 'base64', mediaType: 'image/png', data: PNG_BASE64 }, revisedPrompt: undefined },
    ]);
    expect(answer.servedModel).toBe('gemini-2.5-flash-image');
    expect(answer.usage).toEqual({
      usage: {
        ...NO_USAGE,
        inputTokens: 12,
        imageInputTokens: 258,
        outputTokens: 10,
        imageOutputTokens: 1290,
        reasoningTokens: 30,
        images: 2,
      },
      anomalies: [],
    });
    expect(answer.fault).toBeUndefined();
  });

  it.each([
    [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }, 'upstream.content_policy', 'PROHIBITED_CONTENT', ''],
    [
      { candidates: [{ finishReason: 'IMAGE_SAFETY', finishMessage: 'Not this.' }] },
      'upstream.content_policy',
      'IMAGE_SAFETY',
      'Not this.',
    ],
    [{ candidates: [{ finishReason: 'NO_IMAGE' }] }, 'upstream.invalid_answer', 'NO_IMAGE', ''],
    [
      { candidates: [{ content: { parts: [{ text: 'I would rather write.' }] }, finishReason: 'STOP' }] },
      'upstream.invalid_answer',
      'STOP',
      'I would rather write.',
    ],
  ])('without a picture, %j, tells why, and what was used', (answer, code, word, message) => {
    const decoded = decode({ ...answer, usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } });
    expect(decoded.images).toEqual([]);
    expect(decoded.usage.usage).toMatchObject({ inputTokens: 5, images: 0 });
    expect(decoded.fault).toMatchObject({ code, upstream: { code: word, message } });
  });
});

describe('an answer of an Imagen model', () => {
  it('holds pictures, which are counted', () => {
    const answer = decode({
      predictions: [{ bytesBase64Encoded: PNG_BASE64, mimeType: 'image/png' }, { mimeType: 'x' }],
    });
    expect(answer.images).toHaveLength(1);
    expect(answer.usage).toEqual({ usage: { ...NO_USAGE, images: 1 }, anomalies: [] });
    expect(answer.fault).toBeUndefined();
  });

  it('tells of pictures that may not be shown', () => {
    const reason = { raiFilteredReason: 'It shows what it must not.' };
    const some = decode({ predictions: [{ bytesBase64Encoded: PNG_BASE64 }, reason] });
    expect(some.images).toHaveLength(1);
    expect(some.fault).toMatchObject({ code: 'upstream.content_policy' });
    expect(decode({ predictions: [reason] }).fault?.upstream?.message).toBe('It shows what it must not.');
    expect(decode({}).fault).toMatchObject({ code: 'upstream.content_policy' });
  });
});

describe('an answer that is none', () => {
  it.each([['text'], [null], [[]]])('%j cannot be understood', (answer) => {
    expect(() => decode(answer)).toThrow(expect.objectContaining({ code: 'upstream.invalid_answer' }));
  });

  it.each([
    [{ candidates: 7 }],
    [
      {
        candidates: [
          null,
          { content: 7 },
          { content: { parts: [null, 7, { inlineData: 7 }, { inlineData: { data: 9 } }] } },
        ],
      },
    ],
    [{ usageMetadata: 'many' }],
    [{ promptFeedback: [] }],
    [{ predictions: [null, 7, { bytesBase64Encoded: 9 }] }],
  ])('%j holds no picture', (answer) => {
    expect(decode(answer).images).toEqual([]);
    expect(decode(answer).fault).toBeDefined();
  });

  it('is an error in the place of an answer, or one by its status', () => {
    const error = { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' };
    expect(() => decode({ error })).toThrow(expect.objectContaining({ code: 'upstream.rate_limited' }));
    const body = Buffer.from(JSON.stringify({ error }));
    expect(geminiMedia.decodeFault({ status: 429, headers: {}, body }, 0)).toMatchObject({
      code: 'upstream.rate_limited',
    });
  });
});
