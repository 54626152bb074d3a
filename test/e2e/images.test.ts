import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject } from '../../src/kernel/json.ts';
import { FORBIDDEN, IMAGE_USAGE, PNG_BASE64 } from '../support/fake-upstream/media-images.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const PNG = Buffer.from(PNG_BASE64, 'base64');
const MODELS = [
  'gpt-image-1',
  'dall-e-3',
  'gemini-2.5-flash-image',
  'imagen-4.0-generate-001',
  'doubao-seedream-4-0-250828',
];

let upstream: FakeUpstream;
let hub: HubProcess;
let client: OpenAI;
let secret: string;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: MODELS });
  hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
  await hub.connectFake(upstream, { name: 'openai' });
  await hub.connectFake(upstream, { name: 'google', providerId: 'google' });
  await hub.connectFake({ baseUrl: `${upstream.url}/api/v3` }, { name: 'doubao', providerId: 'doubao' });
  ({ secret } = await hub.createKey('pictures'));
  client = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 0 });
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

/** The newest record of what was used. */
async function lastRecord(): Promise<JsonObject> {
  const page = await hub.control('GET', '/usage/records?limit=1');
  const data = isJsonObject(page) ? page['data'] : undefined;
  const [record] = Array.isArray(data) ? data : [];
  if (!isJsonObject(record)) throw new Error('there is no usage record');
  return record;
}

function lastBody(): JsonObject {
  const body = JSON.parse(upstream.journal.calls().at(-1)?.body.toString() ?? '{}');
  if (!isJsonObject(body)) throw new Error('the last call has no JSON object');
  return body;
}

async function fetchPicture(url: string): Promise<Buffer> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('image/png');
  return Buffer.from(await response.arrayBuffer());
}

describe('pictures of a provider that speaks OpenAI’s format, for the official openai package', () => {
  it('come as bytes, untouched, with one record of what was used', async () => {
    const answer = await client.images.generate({
      model: 'openai/gpt-image-1',
      prompt: 'a red pixel',
      size: '1024x1024',
    });
    expect(answer).toMatchObject({ data: [{ b64_json: PNG_BASE64 }], quality: 'high', usage: IMAGE_USAGE });
    expect(lastBody()).toEqual({ model: 'gpt-image-1', prompt: 'a red pixel', size: '1024x1024' });
    expect(await lastRecord()).toMatchObject({
      operation: 'images',
      status: 'success',
      usage_basis: 'reported',
      usage: { input_tokens: 12, image_input_tokens: 38, output_tokens: 0, image_output_tokens: 272, images: 1 },
    });
  });

  it('come as an address of the hub where the provider gives bytes only', async () => {
    const answer = await client.images.generate({
      model: 'openai/gpt-image-1',
      prompt: 'a red pixel',
      response_format: 'url',
    });
    const url = answer.data?.[0]?.url ?? '';
    expect(url.startsWith(`${hub.address}/media/`)).toBe(true);
    expect(await fetchPicture(url)).toEqual(PNG);
    expect(lastBody()).toEqual({ model: 'gpt-image-1', prompt: 'a red pixel' });
    expect(
      (await fetch(url.replace(/signature=(.)/, (_all, first) => `signature=${first === '0' ? '1' : '0'}`))).status,
    ).toBe(404);
  });

  it('come as an address of the provider where it gives one', async () => {
    const answer = await client.images.generate({ model: 'openai/dall-e-3', prompt: 'a red pixel' });
    expect(answer.data?.[0]).toEqual({
      url: `${upstream.url}/pictures/0.png`,
      revised_prompt: 'As it was drawn.',
    });
  });

  it('are made out of others that are sent along', async () => {
    const answer = await client.images.edit({
      model: 'openai/gpt-image-1',
      prompt: 'make it blue',
      image: await toFile(PNG, 'red.png', { type: 'image/png' }),
    });
    expect(answer).toMatchObject({ data: [{ b64_json: PNG_BASE64 }], usage: IMAGE_USAGE });
    const sent = upstream.journal.calls().at(-1);
    expect(sent?.path).toBe('/v1/images/edits');
    expect(sent?.body.includes(PNG)).toBe(true);
    expect(await lastRecord()).toMatchObject({ operation: 'image-edits', status: 'success' });
  });

  it('stream in, the last event with what was used', async () => {
    const stream = await client.images.generate({
      model: 'openai/gpt-image-1',
      prompt: 'a red pixel',
      stream: true,
      partial_images: 1,
    });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(await lastRecord()).toMatchObject({
      streamed: true,
      status: 'success',
      usage: { image_output_tokens: 272, images: 1 },
    });
  });

  it('are refused as the provider refuses them', async () => {
    await expect(client.images.generate({ model: 'openai/gpt-image-1', prompt: '' })).resolves.toBeDefined();
    upstream.setScript(() => ({ instead: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } }));
    await expect(client.images.generate({ model: 'openai/gpt-image-1', prompt: 'x' })).rejects.toMatchObject({
      status: 429,
    });
    upstream.setScript(undefined);
    expect(await lastRecord()).toMatchObject({ status: 'upstream_error', error_code: 'upstream.rate_limited' });
  });

  it('that were cut on the way do not look complete', async () => {
    upstream.setScript(() => ({ cut: { how: 'end', unit: 'events', after: 1 } }));
    const answer = await callHub(hub, secret, {
      path: '/v1/images/generations',
      body: { model: 'openai/gpt-image-1', prompt: 'a red pixel', stream: true },
    });
    upstream.setScript(undefined);
    expect(answer.text).toContain('.partial_image"');
    expect(answer.text).not.toContain('.completed"');
    expect(answer.text).toContain('upstream.cut');
    expect(await lastRecord()).toMatchObject({ status: 'cut' });
  });
});

describe('pictures of other providers, for the official openai package', () => {
  it('come from Gemini, with its tokens by what they are of', async () => {
    const answer = await client.images.generate({ model: 'google/gemini-2.5-flash-image', prompt: 'a red pixel' });
    expect(answer).toMatchObject({
      data: [{ b64_json: PNG_BASE64 }],
      output_format: 'png',
      usage: { input_tokens: 9, output_tokens: 1290, output_tokens_details: { image_tokens: 1290 } },
    });
    expect(lastBody()).toMatchObject({ contents: [{ parts: [{ text: 'a red pixel' }] }] });
    expect(await lastRecord()).toMatchObject({ usage: { input_tokens: 9, image_output_tokens: 1290, images: 1 } });
  });

  it('come from Gemini out of others, which it gets as bytes', async () => {
    await client.images.edit({
      model: 'google/gemini-2.5-flash-image',
      prompt: 'make it blue',
      image: [await toFile(PNG, 'red.png', { type: 'image/png' }), await toFile(PNG, 'again.png')],
    });
    const inlineData = { mimeType: 'image/png', data: PNG_BASE64 };
    expect(lastBody()).toMatchObject({
      contents: [{ parts: [{ text: 'make it blue' }, { inlineData }, { inlineData }] }],
    });
  });

  it('come from Imagen, several at once, as a stream where one was asked for', async () => {
    const stream = await client.images.generate({
      model: 'google/imagen-4.0-generate-001',
      prompt: 'red pixels',
      n: 2,
      stream: true,
    });
    const pictures: string[] = [];
    for await (const event of stream) {
      expect(event.type).toBe('image_generation.completed');
      pictures.push(event.b64_json);
    }
    expect(pictures).toEqual([PNG_BASE64, PNG_BASE64]);
    expect(await lastRecord()).toMatchObject({ status: 'success', usage: { images: 2 } });
  });

  it('come from Doubao as bytes or as an address', async () => {
    const model = 'doubao/doubao-seedream-4-0-250828';
    const bytes = await client.images.generate({ model, prompt: 'a red pixel', response_format: 'b64_json' });
    expect(bytes.data?.[0]?.b64_json).toBe(PNG_BASE64);
    const address = await client.images.generate({ model, prompt: 'a red pixel', response_format: 'url' });
    expect(address.data?.[0]?.url).toBe(`${upstream.url}/pictures/ark.png`);
    expect(await lastRecord()).toMatchObject({ usage: { images: 1, image_output_tokens: 16_384 } });
  });

  it('that are not made are an error, and what was used is booked', async () => {
    const model = 'google/gemini-2.5-flash-image';
    await expect(client.images.generate({ model, prompt: FORBIDDEN })).rejects.toMatchObject({
      status: 403,
      error: { code: 'upstream.content_policy', upstream: { code: 'PROHIBITED_CONTENT' } },
    });
    expect(await lastRecord()).toMatchObject({
      status: 'upstream_error',
      error_code: 'upstream.content_policy',
      usage: { input_tokens: 9, images: 0 },
    });
  });

  it('are told with what was lost, or refused where nothing may be', async () => {
    const body = { model: 'google/gemini-2.5-flash-image', prompt: 'x', style: 'vivid', n: 3 };
    const told = await callHub(hub, secret, { path: '/v1/images/generations', body });
    expect([told.status, told.headers['x-hub-losses']]).toEqual([200, 'style, count']);
    const headers = { 'x-hub-strict': '1' };
    const refused = await callHub(hub, secret, { path: '/v1/images/generations', body, headers });
    expect([refused.status, refused.error['param']]).toEqual([422, 'style']);
  });
});

describe('pictures for the clients of AIGNE', () => {
  const framework = {
    input: {
      prompt: 'a red pixel',
      n: 1,
      size: '1024x1024',
      modelOptions: { model: 'openai/gpt-image-1' },
      outputFileType: 'url',
    },
    agent: '$CHAT_MODEL',
    options: { streaming: false, userContext: {}, memories: [] },
  };

  it('come in the framework’s form, as an address', async () => {
    const { status, json } = await callHub(hub, secret, { path: '/api/v2/image', body: framework });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      usage: { inputTokens: 50, outputTokens: 272 },
      model: 'gpt-image-1',
      modelWithProvider: 'openai/gpt-image-1',
    });
    const images = json['images'];
    const [image] = Array.isArray(images) ? images : [];
    if (!isJsonObject(image) || typeof image['url'] !== 'string') throw new Error('there is no address');
    expect(image).toMatchObject({ type: 'url', mimeType: 'image/png' });
    expect(await fetchPicture(image['url'])).toEqual(PNG);
  });

  it('are made out of others in the framework’s form', async () => {
    const image = [{ mimeType: 'image/png', type: 'file', data: PNG_BASE64 }];
    const body = { ...framework, input: { ...framework.input, image, outputFileType: 'file' } };
    const { json } = await callHub(hub, secret, { path: '/api/v2/image', body });
    expect(json).toMatchObject({ images: [{ type: 'file', data: PNG_BASE64, mimeType: 'image/png' }] });
    expect(upstream.journal.calls().at(-1)?.path).toBe('/v1/images/edits');
    expect(await lastRecord()).toMatchObject({ operation: 'image-edits' });
  });

  it.each(['/api/v2/image/generations', '/api/v1/image/generations', '/api/images/generations'])(
    'come in the documented form of %s',
    async (path) => {
      const body = { model: 'openai/gpt-image-1', prompt: 'a red pixel', responseFormat: 'b64_json' };
      const { status, json } = await callHub(hub, secret, { path, body });
      expect(status).toBe(200);
      const picture = { b64_json: PNG_BASE64, b64Json: PNG_BASE64 };
      expect(json).toMatchObject({ images: [picture], data: [picture], model: 'gpt-image-1' });
      expect(json['created']).toBeTypeOf('number');
    },
  );

  it('are refused in the words that the client shows', async () => {
    const body = { input: { prompt: 7, modelOptions: { model: 'openai/gpt-image-1' } } };
    const { status, error } = await callHub(hub, secret, { path: '/api/v2/image', body });
    expect([status, error['type'], error['param']]).toEqual([400, 'request.invalid', 'input.prompt']);
  });
});

it('pictures may take longer to begin than words', async () => {
  const hasty = await startHub({
    allow: [`127.0.0.1:${upstream.port}`],
    environment: { HUB_TIMEOUT_FIRST_BYTE: '200ms' },
  });
  try {
    await hasty.connectFake(upstream, { name: 'openai' });
    const key = (await hasty.createKey('pictures')).secret;
    upstream.setScript(() => ({ headersAfterMs: 400 }));
    const model = 'openai/gpt-image-1';
    const picture = await callHub(hasty, key, { path: '/v1/images/generations', body: { model, prompt: 'x' } });
    const words = await callHub(hasty, key, { body: { model, messages: [{ role: 'user', content: 'x' }] } });
    expect([picture.status, words.status]).toEqual([200, 504]);
  } finally {
    upstream.setScript(undefined);
    await hasty.stop();
  }
});

describe('what an untrusted caller may send', () => {
  it.each([
    ['a model that is no text', { model: 7, prompt: 'x' }],
    ['no prompt for a provider of another form', { model: 'google/gemini-2.5-flash-image' }],
    ['a number where a list belongs', { model: 'google/gemini-2.5-flash-image', prompt: 'x', images: 3 }],
    ['an address that is none', { model: 'google/gemini-2.5-flash-image', prompt: 'x', images: [{ image_url: 'x:' }] }],
    ['a file told by its id', { model: 'google/gemini-2.5-flash-image', prompt: 'x', images: [{ file_id: 'file-1' }] }],
    [
      'an address within the hub’s own network',
      { model: 'google/gemini-2.5-flash-image', prompt: 'x', image: 'http://127.0.0.1:1/x.png' },
    ],
  ])('%s', async (_, body) => {
    const answer = await callHub(hub, secret, { path: '/v1/images/generations', body });
    expect(answer.status).toBe(400);
    expect(answer.error['code']).toMatch(/^request\./);
  });

  it('a form without a picture to change', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const field = (name: string, value: string): string =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const form = `${field('model', 'google/gemini-2.5-flash-image')}${field('prompt', 'x')}--b--\r\n`;
    const answer = await callHub(hub, secret, { path: '/v1/images/edits', body: form, headers });
    expect([answer.status, answer.error['param']]).toEqual([400, 'image']);
  });
});
