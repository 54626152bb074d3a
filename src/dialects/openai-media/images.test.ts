import { describe, expect, it } from 'vitest';
import { parseJson } from '../../kernel/json.ts';
import type { ImagesRequest, ImagesResponse } from '../../protocol/media.ts';
import { NO_USAGE } from '../../protocol/usage.ts';
import type { GivenMedia } from '../media-contract.ts';
import { imagesRequest, mediaTarget, PNG_BASE64, PNG_FILE } from '../media-test-support.ts';
import { encodeForm, parseForm } from '../multipart.ts';
import { openaiImages, openaiImagesInbound } from './images.ts';
import { openaiMedia } from './index.ts';

const { readHead, decodeRequest, encodeResponse, encodeStream } = openaiImagesInbound.images;

function encode(fields: Partial<ImagesRequest>, model = 'gpt-image-1', refuses: readonly string[] = []) {
  const { call, losses, asked } = openaiImages.encodeRequest(
    imagesRequest(fields),
    mediaTarget(model, { quirks: { refuses } }),
  );
  return { call, asked, lost: losses.map(({ field }) => field), body: parseJson(call.body?.toString() ?? '') };
}

function decode(answer: object): ImagesResponse {
  return openaiImages.decodeResponse(Buffer.from(JSON.stringify(answer)));
}

describe('a request for new pictures', () => {
  it('says what was asked, in OpenAI’s words', () => {
    const { body, lost, call, asked } = encode({
      count: 2,
      size: '1536x1024',
      quality: 'high',
      background: 'transparent',
      outputFormat: 'webp',
      outputCompression: 80,
      moderation: 'low',
      endUser: 'u-1',
    });
    expect(body).toEqual({
      model: 'gpt-image-1',
      prompt: 'a lighthouse',
      n: 2,
      size: '1536x1024',
      quality: 'high',
      background: 'transparent',
      output_format: 'webp',
      output_compression: 80,
      moderation: 'low',
      user: 'u-1',
    });
    expect(lost).toEqual([]);
    expect(call).toMatchObject({ path: '/v1/images/generations', headers: { 'content-type': 'application/json' } });
    expect(asked).toEqual({ imageSize: '1536x1024', imageQuality: 'high' });
  });

  it.each([
    ['gpt-image-1', { wants: 'url' }, {}],
    ['gpt-image-1.5', { wants: 'bytes' }, {}],
    ['openai/gpt-image-2', { wants: 'bytes' }, {}],
    ['dall-e-3', { wants: 'url' }, { response_format: 'url' }],
    ['dall-e-3', { wants: 'bytes' }, { response_format: 'b64_json' }],
    ['dall-e-2', {}, {}],
  ] as const)('asks %s for %j with %j', (model, fields, more) => {
    expect(encode(fields, model)).toMatchObject({
      body: { model, prompt: 'a lighthouse', ...more },
      lost: [],
    });
    expect(Object.keys(encode(fields, model).body ?? {})).toHaveLength(2 + Object.keys(more).length);
  });

  it.each([
    ['gpt-image-1', { style: 'vivid' }, ['style']],
    ['dall-e-3', { background: 'transparent', outputFormat: 'png' }, ['background', 'outputFormat']],
    ['dall-e-2', { quality: 'hd', style: 'natural' }, ['quality', 'style']],
    ['gpt-image-1', { seed: 7, mask: PNG_FILE }, ['seed', 'mask']],
    [
      'gpt-image-1',
      { extra: { aspect_ratio: '3:2', partial_images: 2, nothing: undefined } },
      ['aspect_ratio', 'partial_images'],
    ],
  ] as const)('tells what %s does not take of %j', (model, fields, lost) => {
    expect(encode(fields, model).lost.toSorted()).toEqual([...lost].toSorted());
    expect(encode(fields, model).body).toEqual({ model, prompt: 'a lighthouse' });
  });

  it('leaves out what a provider is known to refuse', () => {
    const { body, lost } = encode({ size: '1024x1024', wants: 'bytes', count: 3 }, 'FLUX.1-schnell', [
      'size',
      'response_format',
    ]);
    expect(body).toEqual({ model: 'FLUX.1-schnell', prompt: 'a lighthouse', n: 3 });
    expect(lost).toEqual(['size']);
  });

  it('keeps the fields of a caller of the same format', () => {
    const fields = { dialect: 'openai-media', seed: 7, extra: { aspect_ratio: '3:2', input_fidelity: 'high' } };
    expect(encode(fields, 'grok-imagine-image')).toMatchObject({
      body: { seed: 7, aspect_ratio: '3:2', input_fidelity: 'high' },
      lost: [],
    });
  });
});

describe('a request for changed pictures', () => {
  function encodeEdit(fields: Partial<ImagesRequest>, model = 'gpt-image-1') {
    const { call, lost } = (() => {
      const encoded = openaiImages.encodeRequest(
        imagesRequest(fields),
        mediaTarget(model, { path: '/v1/images/edits' }),
      );
      return { call: encoded.call, lost: encoded.losses.map(({ field }) => field) };
    })();
    const body = call.body ?? Buffer.alloc(0);
    const parts = parseForm(body, 'boundary').map(({ name, filename, contentType, span }) => ({
      name,
      filename,
      contentType,
      value: body.subarray(span.start, span.end),
    }));
    return { call, lost, parts };
  }

  it('is a form with the picture in it', () => {
    const { call, parts, lost } = encodeEdit({ images: [PNG_FILE], count: 1, extra: { input_fidelity: 'high' } });
    expect(call.headers).toEqual({ 'content-type': 'multipart/form-data; boundary=boundary' });
    expect(parts.map(({ name, filename }) => [name, filename])).toEqual([
      ['model', undefined],
      ['prompt', undefined],
      ['n', undefined],
      ['input_fidelity', undefined],
      ['image', 'image-1.png'],
    ]);
    expect(parts.at(-1)).toMatchObject({ contentType: 'image/png', value: PNG_FILE.data });
    expect(lost).toEqual([]);
  });

  it('names several pictures and the mask', () => {
    const named = { ...PNG_FILE, filename: 'a "quoted" name.png' };
    const { parts } = encodeEdit({ images: [named, PNG_FILE], mask: PNG_FILE });
    expect(parts.slice(2).map(({ name, filename }) => [name, filename])).toEqual([
      ['image[]', 'a %22quoted%22 name.png'],
      ['image[]', 'image-2.png'],
      ['mask', 'mask.png'],
    ]);
  });

  it('tells what the form or the model does not take', () => {
    expect(encodeEdit({ images: [PNG_FILE], moderation: 'low' }).lost).toEqual(['moderation']);
    const { parts, lost } = encodeEdit({ images: [PNG_FILE, PNG_FILE] }, 'dall-e-2');
    expect(parts.filter(({ name }) => name.startsWith('image'))).toHaveLength(1);
    expect(lost).toEqual(['images']);
  });
});

describe('an answer', () => {
  it('holds pictures, what they are like, and tokens by what they are of', () => {
    const answer = decode({
      created: 1,
      data: [{ b64_json: PNG_BASE64 }],
      background: 'opaque',
      output_format: 'png',
      quality: 'medium',
      size: '1024x1024',
      usage: {
        input_tokens: 30,
        output_tokens: 1060,
        total_tokens: 1090,
        input_tokens_details: { text_tokens: 10, image_tokens: 20 },
        output_tokens_details: { text_tokens: 4, image_tokens: 1056 },
      },
    });
    expect(answer).toMatchObject({
      images: [{ source: { from: 'base64', mediaType: 'image/png', data: PNG_BASE64 } }],
      size: '1024x1024',
      quality: 'medium',
      background: 'opaque',
      outputFormat: 'png',
    });
    expect(answer.usage).toEqual({
      usage: {
        ...NO_USAGE,
        images: 1,
        inputTokens: 10,
        imageInputTokens: 20,
        outputTokens: 4,
        imageOutputTokens: 1056,
      },
      anomalies: [],
    });
  });

  it('of an older model holds an address and the prompt as it was rewritten, and no tokens', () => {
    const url = 'https://pictures.example/1.png';
    const answer = decode({ created: 1, data: [{ url, revised_prompt: 'a tall lighthouse' }] });
    expect(answer.images).toEqual([
      { source: { from: 'url', url, mediaType: undefined }, revisedPrompt: 'a tall lighthouse' },
    ]);
    expect(answer.usage).toEqual({ usage: { ...NO_USAGE, images: 1 }, anomalies: [] });
  });

  it('without details counts what was made as pictures', () => {
    const usage = { input_tokens: 3, output_tokens: 9, input_tokens_details: null };
    expect(decode({ data: [], usage }).usage.usage).toMatchObject({ inputTokens: 3, imageOutputTokens: 9 });
  });

  it.each([
    [{ input_tokens: -1, output_tokens: 2 }, ['negative:input_tokens']],
    [{ input_tokens: 1, input_tokens_details: { image_tokens: 5 } }, ['part_exceeds_whole:input_tokens_details']],
    ['many', ['not_an_object:usage']],
  ])('with the usage %j is counted as far as it can be believed', (usage, anomalies) => {
    expect(decode({ data: [{ b64_json: PNG_BASE64 }], usage }).usage).toMatchObject({
      usage: { images: 1 },
      anomalies,
    });
  });

  it('may hold anything else', () => {
    const answer = decode({
      data: [null, 7, {}, { b64_json: '' }, { b64_json: 9 }, { url: 'https://x.example/' }],
      size: 3,
    });
    expect(answer.images).toHaveLength(1);
    expect(answer.size).toBeUndefined();
  });

  it.each([[[]], ['text'], [null], [{}], [{ data: {} }]])('that is %j cannot be understood', (answer) => {
    expect(() => openaiImages.decodeResponse(Buffer.from(JSON.stringify(answer)))).toThrow(
      expect.objectContaining({ code: 'upstream.invalid_answer' }),
    );
  });

  it('may carry an error in its place', () => {
    expect(() => decode({ error: { message: 'out of paint', code: 'paint' } })).toThrow(
      expect.objectContaining({
        code: 'upstream.error',
        upstream: expect.objectContaining({ message: 'out of paint' }),
      }),
    );
  });

  it('that is an error is classified', () => {
    const body = Buffer.from(
      '{"error":{"message":"blocked","type":"image_generation_user_error","code":"moderation_blocked"}}',
    );
    expect(openaiMedia.decodeFault({ status: 400, headers: {}, body }, 0)).toMatchObject({
      code: 'upstream.bad_request',
      upstream: { code: 'moderation_blocked', message: 'blocked' },
    });
  });
});

describe('a caller’s request', () => {
  const json = (body: GivenMedia['body']): GivenMedia => ({ raw: Buffer.alloc(0), body, parts: undefined });

  it('in JSON is read whole', () => {
    const body = {
      model: 'm',
      prompt: 'p',
      n: 2,
      size: 'auto',
      response_format: 'url',
      user: 'u',
      stream: true,
      partial_images: 2,
      whatever: [1],
    };
    expect(readHead(json(body))).toEqual({ model: 'm', streamed: true, hasImages: false, endUser: 'u' });
    expect(decodeRequest(json(body))).toMatchObject({
      dialect: 'openai-media',
      prompt: 'p',
      count: 2,
      size: 'auto',
      wants: 'url',
      endUser: 'u',
      extra: { partial_images: 2, whatever: [1] },
    });
  });

  it('in JSON may bring pictures by their address or as bytes', () => {
    const data = `data:image/png;base64,${PNG_BASE64}`;
    const url = 'https://pictures.example/1.png';
    const given = json({ prompt: 'p', images: [{ image_url: data }, { image_url: url }], mask: { image_url: url } });
    expect(decodeRequest(given)).toMatchObject({ images: [PNG_FILE, { url }], mask: { url } });
    expect(decodeRequest(json({ prompt: 'p', image: data })).images).toEqual([PNG_FILE]);
    expect(decodeRequest(json({ prompt: 'p', image: [{ url, type: 'image_url' }] })).images).toEqual([{ url }]);
  });

  it('as a form has numbers in text, and files', () => {
    const raw = encodeForm(
      [
        { name: 'model', value: 'm' },
        { name: 'prompt', value: 'p' },
        { name: 'n', value: '3' },
        { name: 'image[]', value: PNG_FILE.data, filename: 'one.png', contentType: 'application/octet-stream' },
        { name: 'image[]', value: Buffer.from('GIF?'), filename: 'two', contentType: 'image/x-own' },
        { name: 'mask', value: PNG_FILE.data, filename: 'mask.png' },
      ],
      'b',
    );
    const given = { raw, parts: parseForm(raw, 'b'), body: { model: 'm', prompt: 'p', n: '3' } };
    expect(readHead(given)).toMatchObject({ hasImages: true, streamed: false });
    expect(decodeRequest(given)).toMatchObject({
      count: 3,
      images: [
        { mediaType: 'image/png', data: PNG_FILE.data, filename: 'one.png' },
        { mediaType: 'image/x-own', data: Buffer.from('GIF?'), filename: 'two' },
      ],
      mask: { mediaType: 'image/png' },
    });
  });

  it.each([
    [{}, 'prompt'],
    [{ prompt: 7 }, 'prompt'],
    [{ prompt: 'p', n: -1 }, 'n'],
    [{ prompt: 'p', n: 'x' }, 'n'],
    [{ prompt: 'p', size: {} }, 'size'],
    [{ prompt: 'p', response_format: 'png' }, 'response_format'],
    [{ prompt: 'p', images: [7] }, 'images[0]'],
    [{ prompt: 'p', images: [{}] }, 'images[0].url'],
    [{ prompt: 'p', images: [{ image_url: 'ftp://x' }] }, 'images[0].image_url'],
    [{ prompt: 'p', images: [{ image_url: 'data:image/png;base64,!!!' }] }, 'images[0].image_url'],
    [{ prompt: 'p', mask: [] }, 'mask'],
    [{ prompt: 'p', image: Array.from({ length: 17 }, () => 'https://x.example/') }, 'images'],
  ])('of %j is refused at %s', (body, param) => {
    expect(() => decodeRequest(json(body))).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });

  it('may not refer to files that a provider keeps, wherever it goes', () => {
    const head = (body: GivenMedia['body']) => () => readHead(json({ model: 'm', ...body }));
    const refused = (param: string) => expect.objectContaining({ code: 'request.not_held', param });
    expect(head({ images: [{ image_url: 'x' }, { file_id: 'f' }] })).toThrow(refused('images[1].file_id'));
    expect(head({ mask: { file_id: 'f' } })).toThrow(refused('mask.file_id'));
    expect(() => decodeRequest(json({ prompt: 'p', images: [{ file_id: 'file-1' }] }))).toThrow(
      expect.objectContaining({ code: 'request.not_held', param: 'images[0].file_id' }),
    );
  });
});

describe('what a caller is answered', () => {
  const response: ImagesResponse = {
    images: [
      { source: { from: 'base64', mediaType: 'image/jpeg', data: '/9j/' }, revisedPrompt: undefined },
      { source: { from: 'url', url: 'https://x.example/', mediaType: undefined }, revisedPrompt: 'r' },
    ],
    size: '1K',
    quality: undefined,
    background: undefined,
    outputFormat: undefined,
    servedModel: undefined,
    usage: { usage: NO_USAGE, anomalies: [] },
    fault: undefined,
  };
  const answering = { recordId: 'ur_1', model: 'm', modelWithProvider: 'p/m', nowSeconds: 5, usage: NO_USAGE };

  it('is OpenAI’s object; tokens that nobody told are left out', () => {
    expect(parseJson(JSON.stringify(encodeResponse(response, answering)))).toEqual({
      created: 5,
      output_format: 'jpeg',
      size: '1K',
      data: [{ b64_json: '/9j/' }, { url: 'https://x.example/', revised_prompt: 'r' }],
    });
  });

  it('tells tokens as a whole and by what they are of', () => {
    const usage = { ...NO_USAGE, inputTokens: 2, imageInputTokens: 3, imageOutputTokens: 7 };
    expect(encodeResponse(response, { ...answering, usage })).toMatchObject({
      usage: {
        input_tokens: 5,
        output_tokens: 7,
        total_tokens: 12,
        input_tokens_details: { text_tokens: 2, image_tokens: 3 },
        output_tokens_details: { text_tokens: 0, image_tokens: 7 },
      },
    });
  });

  it('is a stream of finished pictures, the last of which tells what was used', () => {
    const usage = { ...NO_USAGE, inputTokens: 2, imageOutputTokens: 7 };
    const events = encodeStream?.(response, { ...answering, usage }, 'edited')
      .split('\n\n')
      .filter((event) => event !== '')
      .map((event) => event.split('\n'));
    expect(events?.map(([name]) => name)).toEqual(['event: image_edit.completed', 'event: image_edit.completed']);
    const data = events?.map(([, line = '']) => parseJson(line.slice('data: '.length)));
    expect(data).toMatchObject([{ type: 'image_edit.completed', b64_json: '/9j/' }, { usage: { total_tokens: 9 } }]);
    expect(data?.[0]).not.toHaveProperty('usage');
  });
});
