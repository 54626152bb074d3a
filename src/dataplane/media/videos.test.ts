import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { formatUsd } from '../../kernel/money.ts';
import { type Said, startVideoScene, transportFault, type VideoScene } from '../testing/video-scene.ts';
import { FAILED_QUESTIONS_MAX, FILM_MS_MAX } from './await-film.ts';

const FILM = Buffer.from('the bytes of a film');
const MP4 = { 'content-type': 'video/mp4' };

let scene: VideoScene;

beforeEach(async () => {
  scene = await startVideoScene();
});

afterEach(() => scene.close());

function ask(path: string, body?: JsonObject, init: RequestInit = {}): Promise<Response> {
  if (body === undefined) return fetch(`${scene.address}${path}`, init);
  const headers = { 'content-type': 'application/json' };
  return fetch(`${scene.address}${path}`, { method: 'POST', headers, body: JSON.stringify(body), ...init });
}

const forAigne = (more: JsonObject = {}): JsonObject => ({ input: { prompt: 'a sea', model: 'sora-2', ...more } });

/** Answers a film's calls in OpenAI's form: one status for each question, the last for all that follow. */
function tells(...statuses: readonly (string | Said)[]): void {
  let asked = 0;
  const video = (status: string): Said => ({
    body: { id: 'video_1', object: 'video', model: 'sora-2', status, seconds: '8', size: '1280x720', error: null },
  });
  scene.answer = ({ method, path }) => {
    if (method === 'POST') return video('queued');
    if (path.endsWith('/content')) return { headers: MP4, body: FILM };
    const said = statuses[Math.min(asked++, statuses.length - 1)];
    return typeof said === 'string' ? video(said) : said;
  };
}

/** What was booked for the one request. */
function booked(): JsonObject {
  const [outcome, ...others] = scene.outcomes;
  if (outcome === undefined || others.length > 0) throw new Error(`${scene.outcomes.length} records`);
  const { usage } = outcome;
  return {
    status: usage.status,
    error: usage.errorCode ?? null,
    seconds: usage.usage.seconds ?? null,
    basis: usage.usageBasis ?? null,
    cost: usage.costNano === undefined ? null : formatUsd(usage.costNano),
  };
}

async function textAt(answer: Response, field: string): Promise<string> {
  const body: unknown = await answer.json();
  const value = isJsonObject(body) ? body[field] : undefined;
  if (typeof value !== 'string') throw new Error(`no ${field} in ${JSON.stringify(body)}`);
  return value;
}

const settled = async (): Promise<void> => {
  while (scene.outcomes.length === 0) await new Promise((resolve) => setImmediate(resolve));
};

describe('one call that waits for its film', () => {
  test('asks until the film is done, and keeps the last question only', async () => {
    tells('queued', 'in_progress', 'in_progress', 'completed');
    const answer = await ask('/api/v2/video', forAigne({ outputFileType: 'url' }));
    expect(await answer.json()).toEqual({
      videos: [{ type: 'url', url: 'https://hub.test/media/film1', mimeType: 'video/mp4' }],
      model: 'sora-2',
      modelWithProvider: 'openai/sora-2',
      seconds: 8,
    });
    expect(scene.kept).toEqual([FILM]);
    expect(scene.calls).toHaveLength(6);
    expect(scene.outcomes[0]?.request.attempts).toHaveLength(3);
    expect(booked()).toEqual({ status: 'success', error: null, seconds: 8, basis: 'reported', cost: '0.8' });
  });

  test('asks with the credential that made the film, whichever is next in turn', async () => {
    tells('in_progress', 'in_progress', 'completed');
    await ask('/api/v2/video', forAigne());
    expect(new Set(scene.calls.map(({ headers }) => headers['authorization'])).size).toBe(1);
  });

  test('outlives a few questions that fail, and gives up when as many fail in a row', async () => {
    const down = transportFault('upstream.unreachable');
    tells(down, { status: 503, body: {} }, down, 'in_progress', down, 'completed');
    expect((await ask('/api/v2/video', forAigne())).status).toBe(200);
    scene.outcomes.length = 0;
    scene.calls.length = 0;
    tells(down);
    const answer = await ask('/api/v2/video', forAigne({ prompt: 'another' }));
    expect(answer.status).toBe(502);
    expect(scene.calls).toHaveLength(1 + FAILED_QUESTIONS_MAX);
    expect(booked()).toMatchObject({ status: 'upstream_error', seconds: 8, basis: 'estimated', cost: '0.8' });
  });

  test('does not ask again where that is of no use', async () => {
    tells({ status: 401, body: { error: { message: 'wrong key cred_1' } } });
    const answer = await ask('/api/v2/video', forAigne());
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain('cred_1');
    expect(scene.calls).toHaveLength(2);
  });

  test('of a film that failed says why, and books nothing', async () => {
    tells({ body: { id: 'video_1', status: 'failed', error: { code: 'flagged', message: 'moderation, cred_1' } } });
    const answer = await ask('/api/v2/video', forAigne());
    expect(answer.status).toBe(403);
    const text = await answer.text();
    expect(text).toContain('moderation');
    expect(text).not.toContain('cred_1');
    expect(booked()).toMatchObject({ status: 'upstream_error', error: 'upstream.content_policy', cost: '0' });
  });

  test('stops asking when everybody left, and books the film, which is made all the same', async () => {
    tells('in_progress');
    const { waiting } = scene.holdWaits();
    const gone = new AbortController();
    const answer = ask('/api/v2/video', forAigne(), { signal: gone.signal }).catch(() => undefined);
    await waiting;
    gone.abort();
    await Promise.all([answer, settled()]);
    expect(scene.calls).toHaveLength(1);
    expect(booked()).toEqual({
      status: 'client_closed',
      error: 'client.closed',
      seconds: 8,
      basis: 'estimated',
      cost: '0.8',
    });
  });

  test('ends when the film takes longer than any does, and books it', async () => {
    tells('in_progress');
    const { answer } = scene;
    scene.answer = (call) => {
      scene.passTime(FILM_MS_MAX / 2);
      return answer(call);
    };
    expect((await ask('/api/v2/video', forAigne())).status).toBe(504);
    expect(scene.calls).toHaveLength(2);
    expect(booked()).toMatchObject({ status: 'timeout', basis: 'estimated', cost: '0.8' });
  });

  test('counts the bytes of the film while it is in memory, and refuses one that does not fit', async () => {
    tells('completed');
    await (await ask('/api/v2/video', forAigne())).arrayBuffer();
    expect(scene.budget.take(1_000_000)).toBeUndefined();
    const body = forAigne({ prompt: 'b' });
    scene.budget.release(JSON.stringify(body).length + FILM.length - 1);
    scene.outcomes.length = 0;
    expect((await ask('/api/v2/video', body)).status).toBe(503);
    expect(booked()).toMatchObject({ error: 'hub.overloaded', seconds: 8, basis: 'reported', cost: '0.8' });
    // All that was taken is given back, and no more.
    expect(scene.budget.take(JSON.stringify(body).length + FILM.length - 1)).toBeUndefined();
    expect(scene.budget.take(1)).toBeDefined();
  });

  test('that breaks off within the film is an error, and the film is booked as it is', async () => {
    tells('completed');
    const { answer } = scene;
    scene.answer = (call) =>
      call.path.endsWith('/content')
        ? { headers: MP4, body: FILM, fault: transportFault('upstream.cut') }
        : answer(call);
    expect((await ask('/api/v2/video', forAigne())).status).toBe(502);
    expect(booked()).toMatchObject({ error: 'upstream.cut', basis: 'reported', cost: '0.8' });
  });
});

describe('a film that is asked for and fetched later', () => {
  const create = (model = 'sora-2'): Promise<Response> => ask('/v1/videos', { model, prompt: 'a sea' });
  const created = async (model?: string): Promise<string> => textAt(await create(model), 'id');

  test('is bound before its caller hears of it, with the credential that made it, and every later call goes there', async () => {
    tells('in_progress', 'completed');
    const id = await created();
    expect(scene.held).toMatchObject([{ id, kind: 'video', connectionId: 'conn_1', upstreamModel: 'sora-2' }]);
    for (let round = 0; round < 3; round += 1) await (await ask(`/v1/videos/${id}`)).arrayBuffer();
    expect(Buffer.from(await (await ask(`/v1/videos/${id}/content`)).arrayBuffer())).toEqual(FILM);
    expect(new Set(scene.calls.map(({ headers }) => headers['authorization']))).toEqual(
      new Set([scene.held[0]?.credentialId]),
    );
    expect(scene.outcomes).toHaveLength(1);
    expect(scene.followUps).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('gets an id of the hub’s where the provider’s is taken already', async () => {
    tells('completed');
    expect(await created()).toBe('video_1');
    const second = await created();
    expect(second).not.toBe('video_1');
    expect(scene.held[1]).toMatchObject({ id: second, upstreamId: 'video_1' });
    expect(await (await ask(`/v1/videos/${second}`)).json()).toMatchObject({ id: second, status: 'completed' });
  });

  test('that cannot be bound is booked, and its caller told', async () => {
    tells('completed');
    scene.bindFails = true;
    expect((await create()).status).toBe(503);
    expect(booked()).toMatchObject({ status: 'upstream_error', error: 'hub.store_unavailable', cost: '0.8' });
  });

  test('that failed at once costs nothing', async () => {
    scene.answer = () => ({ body: { id: 'video_1', status: 'failed' } });
    expect((await create()).status).toBe(200);
    expect(booked()).toMatchObject({ status: 'success', cost: '0' });
  });

  test('is not given before it is done', async () => {
    scene.answer = ({ method }) => ({ body: { name: 'models/veo-3.1/operations/op', done: method === 'POST' } });
    const id = await created('veo-3.1');
    expect(id).toMatch(/^video_/);
    const answer = await ask(`/v1/videos/${id}/content`);
    expect(await answer.json()).toMatchObject({ error: { code: 'request.invalid' } });
  });

  test('that its provider no longer knows does not exist, and can be forgotten', async () => {
    tells('completed');
    const id = await created();
    scene.answer = () => ({ status: 404, body: { error: { message: 'No such video.' } } });
    expect(await (await ask(`/v1/videos/${id}`)).json()).toMatchObject({ error: { code: 'resource.not_found' } });
    expect(await (await ask('/v1/videos')).json()).toMatchObject({
      data: [{ id, status: 'failed', error: { code: 'video_not_found' } }],
    });
    expect(await (await ask(`/v1/videos/${id}`, undefined, { method: 'DELETE' })).json()).toMatchObject({
      deleted: true,
    });
    expect(scene.held).toEqual([]);
  });

  test('that is cut before any of it was sent is an error', async () => {
    tells('completed');
    const id = await created();
    scene.answer = () => ({ headers: MP4, body: FILM, fault: transportFault('upstream.cut') });
    const answer = await ask(`/v1/videos/${id}/content`);
    expect(answer.status).toBe(502);
  });

  test('follows its provider to another address without the credential, and not away from https', async () => {
    tells('completed');
    const id = await created();
    const redirects = (to: string): void => {
      scene.answer = ({ origin }) =>
        origin === 'https://provider.test' ? { status: 302, headers: { location: to } } : { headers: MP4, body: FILM };
    };
    redirects('https://storage.test/film?signature=1');
    expect(Buffer.from(await (await ask(`/v1/videos/${id}/content`)).arrayBuffer())).toEqual(FILM);
    expect(scene.calls.at(-1)).toMatchObject({ origin: 'https://storage.test', path: '/film?signature=1' });
    expect(scene.calls.at(-1)?.headers).toEqual({ accept: '*/*' });
    redirects('http://storage.test/film');
    expect((await ask(`/v1/videos/${id}/content`)).status).toBe(502);
    redirects('https://provider.test/again');
    scene.calls.length = 0;
    expect((await ask(`/v1/videos/${id}/content`)).status).toBe(502);
    expect(scene.calls).toHaveLength(5);
  });

  test.each([
    ['/v1/videos/video_1/content?variant=poster', 'variant'],
    ['/v1/videos?limit=none', 'limit'],
    ['/v1/videos?limit=0', 'limit'],
  ])('%s is refused', async (path, param) => {
    expect(await (await ask(path)).json()).toMatchObject({ error: { code: 'request.invalid', param } });
  });
});
