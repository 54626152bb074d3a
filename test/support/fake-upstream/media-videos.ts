import type { JsonObject } from '../../../src/kernel/json.ts';
import { isJsonObject } from '../../../src/kernel/json.ts';
import type { MediaAnswer, MediaArrived } from './media.ts';

/**
 * Films as OpenAI, Google and Volcengine Ark make them: https://platform.openai.com/docs/api-reference/videos,
 * https://ai.google.dev/gemini-api/docs/video, https://www.volcengine.com/docs/82379/1520757. A film's id says what
 * becomes of it, so that nothing has to be remembered: it is done at once, unless the model's name says otherwise.
 */

/** Bytes of a film that no player knows. */
export const FILM = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 89) % 256));
export const THUMBNAIL = Buffer.from('a picture of the film');
/** A word in the model's name: the film is never ready, or cannot be made. */
const SLOW = 'slow';
const FAILED = 'failing';
/** Films of such models are as a test says, all alike. */
const WAITING = 'waiting';

type Fate = 'queued' | 'in_progress' | 'completed' | 'failed' | 'gone';

/** What becomes of films that wait, and every film in OpenAI's form that was begun: what the provider would bill of. */
export const FILMS: { fate: Fate; readonly begun: (About & { readonly id: string })[] } = { fate: 'queued', begun: [] };

const OPENAI_VIDEO = /^\/v1\/videos\/([^/]+)(?:\/(content|remix))?$/;
const VEO_CREATE = /^\/v1beta\/models\/([^/]+):predictLongRunning$/;
const VEO_OPERATION = /^\/v1beta\/models\/([^/]+)\/operations\/([a-z0-9]+)$/;
const ARK_TASKS = '/api/v3/contents/generations/tasks';
export const ARK_TOKENS = 108_900;
let serial = 0;

export async function answerVideos(arrived: MediaArrived): Promise<MediaAnswer | undefined> {
  const { path } = arrived;
  if (path === '/v1/videos') return arrived.method === 'POST' ? openaiCreate(arrived) : undefined;
  const [, id, part] = OPENAI_VIDEO.exec(path) ?? [];
  if (id !== undefined) return openaiFollow(arrived, decodeURIComponent(id), part);
  if (path.startsWith('/films/')) return film(path.endsWith('.webp') ? THUMBNAIL : FILM);
  return (await veo(arrived)) ?? ark(arrived);
}

async function openaiCreate({ raw, headers, body }: MediaArrived): Promise<MediaAnswer> {
  const type = headers['content-type'] ?? '';
  const fields = type.startsWith('multipart/') ? await formFields(raw, type) : body;
  const model = textOf(fields['model']) ?? 'sora-2';
  if (textOf(fields['prompt']) === undefined) return refusal(model, 'Missing required parameter: prompt');
  const seconds = textOf(fields['seconds']) ?? '4';
  const size = textOf(fields['size']) ?? '720x1280';
  if (!['4', '8', '12'].includes(seconds)) return refusal(model, `Invalid value: '${seconds}'.`);
  const id = newId({ model, seconds, size });
  FILMS.begun.push({ id, model, seconds, size });
  return json(model, openaiVideo(id, 'queued'));
}

async function formFields(raw: Buffer, type: string): Promise<JsonObject> {
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  const fields: JsonObject = {};
  for (const [name, value] of form) fields[name] = typeof value === 'string' ? value : `file of ${value.size}`;
  return fields;
}

function openaiFollow({ method, query, body }: MediaArrived, id: string, part: string | undefined): MediaAnswer {
  const about = readId(id);
  const fate = about?.model.includes(WAITING) === true ? FILMS.fate : undefined;
  if (about === undefined || fate === 'gone') return notFound();
  if (method === 'DELETE') return json(undefined, { id, object: 'video.deleted', deleted: true });
  if (part === 'remix') {
    if (textOf(body['prompt']) === undefined) return refusal(undefined, 'Missing required parameter: prompt');
    const anew = newId(about);
    FILMS.begun.push({ id: anew, ...about });
    return json(undefined, { ...openaiVideo(anew, 'queued'), remixed_from_video_id: id });
  }
  const named = about.model.includes(SLOW) ? 'in_progress' : about.model.includes(FAILED) ? 'failed' : 'completed';
  const status = fate ?? named;
  if (part === undefined) return json(undefined, openaiVideo(id, status));
  if (status !== 'completed') return notFound();
  return query.get('variant') === 'thumbnail' ? picture() : film(FILM);
}

type About = { readonly model: string; readonly seconds: string; readonly size: string };

function newId({ model, seconds, size }: About): string {
  serial += 1;
  return `video_${Buffer.from(`${model} ${seconds} ${size}`).toString('hex')}_${serial}`;
}

function readId(id: string): About | undefined {
  const hex = /^video_([0-9a-f]+)_\d+$/.exec(id)?.[1];
  const [model, seconds, size] = Buffer.from(hex ?? '', 'hex')
    .toString()
    .split(' ');
  return model === undefined || seconds === undefined || size === undefined ? undefined : { model, seconds, size };
}

function openaiVideo(id: string, status: 'queued' | 'in_progress' | 'completed' | 'failed'): JsonObject {
  const { model = '', seconds = '', size = '' } = readId(id) ?? {};
  return {
    id,
    object: 'video',
    model,
    status,
    progress: status === 'completed' ? 100 : 0,
    created_at: 1_750_000_000,
    completed_at: null,
    expires_at: null,
    prompt: 'as it was asked for',
    size,
    seconds,
    remixed_from_video_id: null,
    error: status === 'failed' ? { code: 'moderation_blocked', message: 'It was stopped by moderation.' } : null,
  };
}

/** Google asks for its key everywhere, and sends whoever has it to where the film lies. */
async function veo({ method, path, headers, body, query, url }: MediaArrived): Promise<MediaAnswer | undefined> {
  const [, created] = VEO_CREATE.exec(path) ?? [];
  const [, model = '', operation] = VEO_OPERATION.exec(path) ?? [];
  const isDownload = path === '/v1beta/files/film:download';
  if (created === undefined && operation === undefined && !isDownload) return undefined;
  if (headers['x-goog-api-key'] === undefined) return googleError(403, 'The caller is not known.');
  if (isDownload) {
    if (query.get('alt') !== 'media') return googleError(400, 'alt is not media');
    return { model: undefined, status: 302, headers: { location: `${url}/films/veo.mp4` }, frames: [] };
  }
  if (created !== undefined) {
    const instances = body['instances'];
    const [instance] = method === 'POST' && Array.isArray(instances) ? instances : [];
    if (!isJsonObject(instance)) return googleError(400, 'instances is not specified');
    return json(created, { name: `models/${created}/operations/op1` });
  }
  const name = `models/${model}/operations/${operation}`;
  if (model.includes(SLOW)) return json(undefined, { name });
  if (model.includes(FAILED))
    return json(undefined, { name, done: true, error: { code: 3, message: 'It went wrong.' } });
  const generatedSamples = [{ video: { uri: `${url}/v1beta/files/film:download?alt=media` } }];
  return json(undefined, { name, done: true, response: { generateVideoResponse: { generatedSamples } } });
}

function ark({ method, path, body, url }: MediaArrived): MediaAnswer | undefined {
  if (path === ARK_TASKS && method === 'POST') {
    const model = textOf(body['model']) ?? '';
    if (!Array.isArray(body['content'])) return arkError(400, 'MissingParameter');
    serial += 1;
    return json(model, { id: `cgt-${Buffer.from(model).toString('hex')}-${serial}` });
  }
  const id = path.startsWith(`${ARK_TASKS}/`) ? path.slice(ARK_TASKS.length + 1) : undefined;
  if (id === undefined) return undefined;
  if (method === 'DELETE') return json(undefined, {});
  const model = Buffer.from(id.split('-')[1] ?? '', 'hex').toString();
  if (model.includes(SLOW)) return json(undefined, { id, model, status: 'running' });
  return json(undefined, {
    id,
    model,
    status: 'succeeded',
    content: { video_url: `${url}/films/ark.mp4` },
    usage: { completion_tokens: ARK_TOKENS, total_tokens: ARK_TOKENS },
    created_at: 1_750_000_000,
    resolution: '720p',
    ratio: '16:9',
    duration: 5,
  });
}

function film(bytes: Buffer): MediaAnswer {
  const half = Math.floor(bytes.length / 2);
  const frames = [bytes.subarray(0, half), bytes.subarray(half)];
  return { model: undefined, status: 200, headers: { 'content-type': 'video/mp4' }, frames };
}

function picture(): MediaAnswer {
  return { model: undefined, status: 200, headers: { 'content-type': 'image/webp' }, frames: [THUMBNAIL] };
}

function json(model: string | undefined, value: JsonObject, status = 200): MediaAnswer {
  return { model, status, headers: { 'content-type': 'application/json' }, frames: [JSON.stringify(value)] };
}

function refusal(model: string | undefined, message: string): MediaAnswer {
  return json(model, { error: { message, type: 'invalid_request_error', param: null, code: null } }, 400);
}

function notFound(): MediaAnswer {
  const error = { message: 'Video not found.', type: 'invalid_request_error', param: null, code: null };
  return json(undefined, { error }, 404);
}

function googleError(code: number, message: string): MediaAnswer {
  const status = code === 403 ? 'PERMISSION_DENIED' : 'INVALID_ARGUMENT';
  return json(undefined, { error: { code, message, status } }, code);
}

function arkError(status: number, code: string): MediaAnswer {
  return json(undefined, { error: { code, message: 'The request is missing something.', type: 'BadRequest' } }, status);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
