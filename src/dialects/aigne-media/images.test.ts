import { describe, expect, it } from 'vitest';
import { parseJson } from '../../kernel/json.ts';
import type { ImagesResponse } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import type { GivenMedia } from '../media-contract.ts';
import { PNG_BASE64, PNG_FILE } from '../media-test-support.ts';
import { aigneFlatMedia, aigneFrameworkMedia } from './index.ts';

const given = (body: GivenMedia['body']): GivenMedia => ({ raw: Buffer.alloc(0), body, parts: undefined });
const ANSWERING = { recordId: 'ur_1', model: 'asked', modelWithProvider: 'openai/gpt-image-1', nowSeconds: 5 };

function answer(fields: Partial<ImagesResponse> = {}): ImagesResponse {
  return {
    images: [
      { source: { from: 'base64', mediaType: 'image/png', data: PNG_BASE64 }, revisedPrompt: 'r' },
      { source: { from: 'url', url: 'https://x.example/', mediaType: undefined }, revisedPrompt: undefined },
    ],
    size: undefined,
    quality: undefined,
    background: undefined,
    outputFormat: undefined,
    servedModel: undefined,
    usage: { usage: NO_USAGE, anomalies: [] },
    fault: undefined,
    ...fields,
  };
}

describe('the framework’s form', () => {
  const { readHead, decodeRequest, encodeResponse } = aigneFrameworkMedia.images;

  it('has its fields in the input, and options of the model within it', () => {
    const body = {
      input: {
        prompt: 'a cat',
        image: [{ type: 'file', data: PNG_BASE64, mimeType: 'image/png', filename: 'cat.png' }],
        n: 2,
        size: '1024x1024',
        outputFileType: 'url',
        modelOptions: {
          model: 'openai/gpt-image-1',
          size: '512x512',
          quality: 'high',
          outputFormat: 'webp',
          aspectRatio: '1:1',
        },
      },
    };
    expect(readHead(given(body))).toEqual({
      model: 'openai/gpt-image-1',
      streamed: false,
      hasImages: true,
      endUser: undefined,
    });
    expect(decodeRequest(given(body))).toMatchObject({
      prompt: 'a cat',
      images: [{ ...PNG_FILE, filename: 'cat.png' }],
      count: 2,
      size: '1024x1024',
      quality: 'high',
      outputFormat: 'webp',
      wants: 'url',
      extra: { aspectRatio: '1:1' },
    });
  });

  it('has a model where none is named', () => {
    expect(readHead(given({ input: { prompt: 'p' } }))).toMatchObject({
      model: 'openai/gpt-image-1',
      hasImages: false,
    });
  });

  it.each([
    [{ outputFileType: 'file' }, 'bytes'],
    [{ outputFileType: 'local' }, 'bytes'],
    [{ outputFileType: 'url' }, 'url'],
    [{}, undefined],
  ])('with %j wants %s', (fields, wants) => {
    expect(decodeRequest(given({ input: { prompt: 'p', ...fields } })).wants).toBe(wants);
  });

  it.each([
    [null, 'input.prompt'],
    [{ prompt: 7 }, 'input.prompt'],
    [{ prompt: 'p', n: 'x' }, 'input.n'],
    [{ prompt: 'p', outputFileType: 'cloud' }, 'input.outputFileType'],
    [{ prompt: 'p', image: [7] }, 'input.image[0]'],
    [{ prompt: 'p', image: [{ type: 'local', path: '/etc/passwd' }] }, 'input.image[0].type'],
    [{ prompt: 'p', image: [{ type: 'file' }] }, 'input.image[0].data'],
    [{ prompt: 'p', image: [{ type: 'url', url: 'file:///etc/passwd' }] }, 'input.image[0].url'],
    [{ prompt: 'p', image: Array.from({ length: 17 }, () => 'https://x.example/') }, 'input.image'],
  ])('of %j is refused at %s', (input, param) => {
    expect(() => decodeRequest(given({ input }))).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });

  it('may not break out of the head of a form’s part', () => {
    const image = [{ type: 'file', data: 'AAAA', mimeType: 'image/png\r\nx-more: 1' }];
    const asked = decodeRequest(given({ ['__proto__']: 1, input: { prompt: 'p', image, constructor: 1 } }));
    expect(asked.images).toMatchObject([{ mediaType: 'application/octet-stream' }]);
    expect(asked.extra).toEqual({ constructor: 1 });
  });

  it('is refused where its parts are of another kind', () => {
    expect(() => readHead(given({ input: 7 }))).toThrow(expect.objectContaining({ param: 'input' }));
    expect(() => readHead(given({ input: { modelOptions: [] } }))).toThrow(
      expect.objectContaining({ param: 'input.modelOptions' }),
    );
    expect(() => readHead(given({ input: { modelOptions: { model: 7 } } }))).toThrow(
      expect.objectContaining({ param: 'input.modelOptions.model' }),
    );
  });

  it('is answered with files, and with usage where both numbers are known', () => {
    const usage = { ...NO_USAGE, inputTokens: 2, imageInputTokens: 3, imageOutputTokens: 7 };
    const body = encodeResponse(answer({ servedModel: 'served' }), { ...ANSWERING, usage });
    expect(parseJson(JSON.stringify(body))).toEqual({
      images: [
        { type: 'file', data: PNG_BASE64, mimeType: 'image/png' },
        { type: 'url', url: 'https://x.example/' },
      ],
      usage: { inputTokens: 5, outputTokens: 7, modelCallId: 'ur_1' },
      model: 'served',
      modelWithProvider: 'openai/gpt-image-1',
    });
    const uncounted = encodeResponse(answer(), { ...ANSWERING, usage: { ...NO_USAGE, images: 2 } });
    expect(uncounted).not.toHaveProperty('usage');
    expect(uncounted['model']).toBe('gpt-image-1');
  });
});

describe('the documented flat form', () => {
  const { readHead, decodeRequest, encodeResponse } = aigneFlatMedia.images;

  it.each([
    [{ responseFormat: 'b64_json', outputFormat: 'webp' }],
    [{ response_format: 'b64_json', output_format: 'webp' }],
  ])('knows both spellings: %j', (fields) => {
    const body = { model: 'm', prompt: 'p', image: 'https://x.example/1.png', ...fields };
    expect(readHead(given(body))).toEqual({ model: 'm', streamed: false, hasImages: true, endUser: undefined });
    expect(decodeRequest(given(body))).toMatchObject({
      images: [{ url: 'https://x.example/1.png' }],
      wants: 'bytes',
      outputFormat: 'webp',
      extra: {},
    });
  });

  it('takes pictures as plain base64', () => {
    expect(decodeRequest(given({ prompt: 'p', image: [PNG_BASE64] })).images).toEqual([PNG_FILE]);
    expect(() => decodeRequest(given({ prompt: 'p', image: 'not base64!' }))).toThrow(
      expect.objectContaining({ code: 'request.invalid', param: 'image' }),
    );
  });

  it('wants addresses where nothing is said, and has a model where none is named', () => {
    expect(decodeRequest(given({ prompt: 'p' })).wants).toBe('url');
    expect(readHead(given({ prompt: 'p', image: [] }))).toMatchObject({
      model: 'openai/gpt-image-1',
      hasImages: false,
    });
  });

  it('is answered with the pictures twice', () => {
    const body = encodeResponse(answer(), { ...ANSWERING, usage: { ...NO_USAGE, images: 2 } });
    const pictures = [
      { b64_json: PNG_BASE64, b64Json: PNG_BASE64, base64: PNG_BASE64, revised_prompt: 'r' },
      { url: 'https://x.example/' },
    ];
    expect(parseJson(JSON.stringify(body))).toEqual({
      created: 5,
      images: pictures,
      data: pictures,
      model: 'gpt-image-1',
      modelWithProvider: 'openai/gpt-image-1',
      usage: { images: 2, modelCallId: 'ur_1' },
    });
  });
});
