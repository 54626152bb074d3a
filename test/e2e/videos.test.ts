import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kernel/json.ts';
import { PNG_BASE64 } from '../support/fake-upstream/media-images.ts';
import { ARK_TOKENS, FILM, THUMBNAIL } from '../support/fake-upstream/media-videos.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, eventually, type HubAnswer, textOf, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';

const SORA = 'sora-2';
const SLOW = 'sora-slow';
const FAILING = 'sora-failing';
const VEO = 'veo-3.1-generate-preview';
const SEEDANCE = 'doubao-seedance-2-0-260128';
/** $0.10 a second of film and $0.30 a larger one; $0.40 and $0.60 for Veo; $7 a million tokens for Seedance. */
const PRICES: readonly (readonly [string, string, JsonObject[]])[] = [
  [
    'openai',
    SORA,
    [
      { unit: 'video-second', usd_per_million: '100000' },
      { unit: 'video-second', usd_per_million: '300000', image_size: '1792x1024' },
    ],
  ],
  [
    'google',
    VEO,
    [
      { unit: 'video-second', usd_per_million: '400000' },
      { unit: 'video-second', usd_per_million: '600000', image_size: '4k' },
    ],
  ],
  ['doubao', SEEDANCE, [{ unit: 'output', usd_per_million: '7' }]],
];
const PNG = Buffer.from(PNG_BASE64, 'base64');

let upstream: FakeUpstream;
let hub: HubProcess;
let client: OpenAI;
let secret: string;
let seen = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: [SORA, SLOW, FAILING, VEO, SEEDANCE] });
  hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
  await hub.connectFake(upstream, { name: 'openai' });
  await hub.connectFake(upstream, { name: 'google', providerId: 'google', secret: 'google-key' });
  await hub.connectFake({ baseUrl: `${upstream.url}/api/v3` }, { name: 'doubao', providerId: 'doubao' });
  for (const [providerId, model, prices] of PRICES) {
    await hub.control('POST', '/prices', { provider_id: providerId, model, prices });
  }
  ({ secret } = await hub.createKey('films'));
  client = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 0 });
});

afterAll(async () => {
  await hub?.stop();
  await upstream?.close();
});

beforeEach(async () => {
  seen = (await usageRecords(hub)).length;
});

/** The one record that the test’s calls left. */
async function onlyRecord(): Promise<JsonObject> {
  const records = await eventually('new record', async () => {
    const all = await usageRecords(hub);
    return all.length > seen ? all : undefined;
  });
  expect(records).toHaveLength(seen + 1);
  const [newest] = records;
  if (newest === undefined) throw new Error('there is no usage record');
  return newest;
}

function calls(): readonly string[] {
  return upstream.journal.entries().map(({ method, path }) => `${method} ${path}`);
}

function ask(method: string, path: string, key = secret, body?: JsonObject): Promise<HubAnswer> {
  return callHub(hub, key, { method, path, ...(body === undefined ? {} : { body }) });
}

describe('a film of a provider that speaks OpenAI’s form', () => {
  it('is asked for, looked at, fetched, made anew and deleted by the official package', async () => {
    const made = await client.videos.create({ model: 'openai/sora-2', prompt: 'a calm sea', seconds: '8' });
    expect(made).toMatchObject({ object: 'video', status: 'queued', seconds: '8', prompt: 'as it was asked for' });
    const asked = upstream.journal.entries().at(-1)?.body.toString();
    expect(asked).toContain(`\r\n\r\n${SORA}\r\n`);
    expect(asked).not.toContain('openai/');
    expect(await client.videos.retrieve(made.id)).toMatchObject({ id: made.id, status: 'completed' });

    const film = await client.videos.downloadContent(made.id);
    expect(film.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await film.arrayBuffer())).toEqual(FILM);
    const picture = await client.videos.downloadContent(made.id, { variant: 'thumbnail' });
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(THUMBNAIL);

    const anew = await client.videos.remix(made.id, { prompt: 'at night' });
    expect(anew).toMatchObject({ remixed_from_video_id: made.id, seconds: '8' });
    const listed = await client.videos.list();
    expect(listed.data.map(({ id, status }) => [id, status])).toEqual([
      [anew.id, 'completed'],
      [made.id, 'completed'],
    ]);

    expect(await client.videos.delete(made.id)).toEqual({ id: made.id, object: 'video.deleted', deleted: true });
    await expect(client.videos.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    await client.videos.delete(anew.id);
  });

  it('is booked once, when it is asked for, by its seconds; what comes after costs nothing', async () => {
    const made = await client.videos.create({ model: 'openai/sora-2', prompt: 'a calm sea', size: '1792x1024' });
    await client.videos.retrieve(made.id);
    await (await client.videos.downloadContent(made.id)).arrayBuffer();
    await client.videos.delete(made.id);
    expect(await onlyRecord()).toMatchObject({
      operation: 'videos',
      status: 'success',
      usage_basis: 'estimated',
      usage: { seconds: 4 },
      cost_usd: '1.2',
    });
  });

  it('starts from a picture, with the form sent on byte for byte', async () => {
    const made = await client.videos.create({
      model: 'openai/sora-2',
      prompt: 'it moves',
      input_reference: await toFile(PNG, 'first.png', { type: 'image/png' }),
    });
    const entry = upstream.journal.entries().at(-1);
    expect(entry?.headers['content-type']).toContain('multipart/form-data');
    expect(entry?.body.includes(PNG)).toBe(true);
    await client.videos.delete(made.id);
  });

  it('is made by sora-2 where no model is named', async () => {
    const answer = await ask('POST', '/v1/videos', secret, { prompt: 'a calm sea' });
    expect(answer.json).toMatchObject({ model: SORA });
    await client.videos.delete(textOf(answer.json['id']));
  });

  it('that cannot be made says so, and has no content', async () => {
    const made = await client.videos.create({ model: `openai/${FAILING}`, prompt: 'something bad' });
    expect(await client.videos.retrieve(made.id)).toMatchObject({
      status: 'failed',
      error: { code: 'moderation_blocked' },
    });
    await expect(client.videos.downloadContent(made.id)).rejects.toMatchObject({ status: 404 });
    await client.videos.delete(made.id);
  });

  it('that the provider refuses to make is an error that costs nothing', async () => {
    const answer = await ask('POST', '/v1/videos', secret, { model: 'openai/sora-2', prompt: 'x', seconds: '7' });
    expect(answer).toMatchObject({ status: 400, error: { code: 'upstream.bad_request' } });
    expect(await onlyRecord()).toMatchObject({ status: 'upstream_error', cost_usd: '0' });
  });
});

describe('a film belongs to its project', () => {
  it('and an id that was not given out does not exist, whatever the provider has under it', async () => {
    const stranger = `video_${Buffer.from('sora-2 4 720x1280').toString('hex')}_9999`;
    const before = calls().length;
    for (const [method, path] of [
      ['GET', `/v1/videos/${stranger}`],
      ['GET', `/v1/videos/${stranger}/content`],
      ['DELETE', `/v1/videos/${stranger}`],
      ['POST', `/v1/videos/${stranger}/remix`],
    ] as const) {
      const answer = await ask(method, path, secret, method === 'POST' ? { prompt: 'x' } : undefined);
      expect(answer).toMatchObject({ status: 404, error: { code: 'resource.not_found' } });
    }
    expect(calls()).toHaveLength(before);
  });

  it('nor may a request name what lies in the provider’s account', async () => {
    const before = calls().length;
    for (const more of [{ input_reference: { file_id: 'file-1' } }, { characters: [{ id: 'char_1' }] }]) {
      const answer = await ask('POST', '/v1/videos', secret, { model: 'openai/sora-2', prompt: 'x', ...more });
      expect(answer).toMatchObject({ status: 400, error: { code: 'request.not_held' } });
    }
    expect(calls()).toHaveLength(before);
  });

  it('and nobody without a key learns anything', async () => {
    const answer = await ask('GET', '/v1/videos', 'sk-hub-nobody');
    expect(answer).toMatchObject({ status: 401, error: { code: 'auth.key_unknown' } });
  });

  it('and a key that may not call the model may not have its films', async () => {
    const made = await client.videos.create({ model: 'openai/sora-2', prompt: 'a calm sea' });
    const other = await hub.createKey('other', { allowed_models: [`google/${VEO}`] });
    expect((await ask('GET', `/v1/videos/${made.id}`, other.secret)).status).toBe(404);
    await client.videos.delete(made.id);
  });

  it('and the addresses take no other methods and no other ids', async () => {
    expect(await ask('PUT', '/v1/videos')).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } });
    expect(await ask('POST', '/v1/videos/video_1')).toMatchObject({ status: 405, headers: { allow: 'GET, DELETE' } });
    expect((await ask('GET', '/v1/videos/..%2f..%2fmodels')).status).toBe(404);
    expect((await ask('GET', '/v1/videos/video_1/frames')).status).toBe(404);
  });
});

describe('a film of a provider with a form of its own, for the official package', () => {
  it('is made by Veo under an id of the hub’s, and fetched with the key, over a redirect without it', async () => {
    const made = await client.videos.create({
      model: `google/${VEO}`,
      prompt: 'a calm sea',
      size: '1280x720',
      input_reference: await toFile(PNG, 'first.png', { type: 'image/png' }),
    });
    expect(made).toMatchObject({ status: 'in_progress', model: `google/${VEO}`, size: '1280x720', seconds: '8' });
    expect(made.id).toMatch(/^video_[a-z0-9]+$/);
    expect(JSON.parse(upstream.journal.entries().at(-1)?.body.toString() ?? '')).toEqual({
      instances: [{ prompt: 'a calm sea', image: { bytesBase64Encoded: PNG_BASE64, mimeType: 'image/png' } }],
      parameters: { aspectRatio: '16:9', resolution: '720p' },
    });
    expect(await client.videos.retrieve(made.id)).toMatchObject({ id: made.id, status: 'completed', seconds: '8' });
    const film = await client.videos.downloadContent(made.id);
    expect(Buffer.from(await film.arrayBuffer())).toEqual(FILM);
    const last = upstream.journal.entries().at(-1);
    expect(last?.path).toBe('/films/veo.mp4');
    expect(JSON.stringify(last?.rawHeaders)).not.toContain('google-key');
    expect(await onlyRecord()).toMatchObject({ usage_basis: 'estimated', usage: { seconds: 8 }, cost_usd: '3.2' });
    const gone = await ask('DELETE', `/v1/videos/${made.id}`);
    expect(gone.headers['x-hub-losses']).toBe('delete');
    expect((await ask('GET', `/v1/videos/${made.id}`)).status).toBe(404);
  });

  it('is made by Seedance, lies at an address without a key, and has no picture of itself', async () => {
    const made = await client.videos.create({ model: `doubao/${SEEDANCE}`, prompt: 'a calm sea', size: '1280x720' });
    expect(await client.videos.retrieve(made.id)).toMatchObject({ status: 'completed', seconds: '5' });
    const film = await client.videos.downloadContent(made.id);
    expect(Buffer.from(await film.arrayBuffer())).toEqual(FILM);
    expect(upstream.journal.entries().at(-1)?.headers['authorization']).toBeUndefined();
    const picture = await ask('GET', `/v1/videos/${made.id}/content?variant=thumbnail`);
    expect(picture).toMatchObject({ status: 422, error: { code: 'request.not_expressible' } });
    expect((await ask('POST', `/v1/videos/${made.id}/remix`, secret, { prompt: 'x' })).status).toBe(422);
    await client.videos.delete(made.id);
    expect(calls().at(-1)).toMatch(/^DELETE \/api\/v3\/contents\/generations\/tasks\/cgt-/);
  });
});

describe('a film for the AIGNE client, behind one call', () => {
  const input = (more: JsonObject): JsonObject => ({
    input: { prompt: 'a calm sea', outputFileType: 'url', ...more },
    options: { streaming: false },
  });

  it('comes as an address of the hub’s', async () => {
    const answer = await ask('POST', '/api/v2/video', secret, input({ modelOptions: { model: 'openai/sora-2' } }));
    expect(answer).toMatchObject({
      status: 200,
      json: { model: SORA, modelWithProvider: 'openai/sora-2', seconds: 4 },
    });
    const videos = answer.json['videos'];
    const [video] = Array.isArray(videos) ? videos : [];
    expect(video).toMatchObject({ type: 'url', mimeType: 'video/mp4' });
    const url = textOf((video as JsonObject)['url']);
    expect(url.startsWith(`${hub.address}/media/`)).toBe(true);
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(FILM);
    expect(await onlyRecord()).toMatchObject({
      status: 'success',
      usage_basis: 'reported',
      usage: { seconds: 4 },
      cost_usd: '0.4',
    });
  });

  it('comes as bytes where no address is asked for', async () => {
    const answer = await ask(
      'POST',
      '/api/v2/video',
      secret,
      input({ model: 'openai/sora-2', outputFileType: 'file' }),
    );
    expect(answer.json['videos']).toEqual([{ type: 'file', mimeType: 'video/mp4', data: FILM.toString('base64') }]);
  });

  it('comes from the provider’s own address where that needs no key, and is booked by the tokens it tells', async () => {
    const answer = await ask('POST', '/api/v2/video', secret, input({ model: `doubao/${SEEDANCE}` }));
    expect(answer.json['videos']).toEqual([
      { type: 'url', url: `${upstream.url}/films/ark.mp4`, mimeType: 'video/mp4' },
    ]);
    expect(await onlyRecord()).toMatchObject({
      usage_basis: 'reported',
      usage: { output_tokens: ARK_TOKENS },
      cost_usd: '0.7623',
    });
  });

  it('that cannot be made is an error, and costs nothing', async () => {
    const answer = await ask('POST', '/api/v2/video', secret, input({ model: `openai/${FAILING}` }));
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.json)).toContain('stopped by moderation');
    expect(await onlyRecord()).toMatchObject({
      status: 'upstream_error',
      error_code: 'upstream.content_policy',
      usage: { seconds: 0 },
    });
  });

  it('is refused where what is asked for is no film', async () => {
    for (const [body, field] of [
      [{}, 'input.prompt'],
      [input({ seconds: 'long' }), 'input.seconds'],
      [input({ image: { type: 'local', path: '/etc/passwd' } }), 'input.image.type'],
      [input({ outputFileType: 7 }), 'input.outputFileType'],
    ] as const) {
      const answer = await ask('POST', '/api/v2/video', secret, body);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.json)).toContain(field);
    }
  });
});
