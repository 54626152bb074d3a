import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { BoundVideo, ExpectedVideo, VideoJob, VideoRequest } from '../../protocol/media.ts';
import { NO_USAGE, UNSAID_USAGE } from '../../protocol/usage.ts';
import { filmId } from '../film-id.ts';
import { carriedGoogleFault } from '../google-fault.ts';
import { resolutionAsked } from './videos-encode-create.ts';

/** What Veo makes where the request does not say: https://ai.google.dev/gemini-api/docs/video#veo-model-parameters */
const DEFAULT_SECONDS = 8;
const DEFAULT_RESOLUTION = '720p';
const ERROR_CHARACTERS_MAX = 1000;

/**
 * Reads an operation: https://ai.google.dev/api/batch-api#Operation. One that is done holds the film, why it was held
 * back, or an error.
 * @throws GatewayError `upstream.invalid_answer`, or the fault that the answer carries
 */
export function decodeVideoJob(body: Buffer, id: string | undefined): VideoJob {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const { name } = answer;
  const fault = name === undefined && answer['done'] === undefined ? carriedGoogleFault(answer) : undefined;
  if (fault !== undefined) throw fault;
  const outcome = outcomeOf(answer);
  return {
    id: name === undefined && id !== undefined ? id : filmId(name),
    ...outcome,
    progress: undefined,
    createdAtSeconds: undefined,
    // Google tells neither how long the film is nor what it cost.
    seconds: undefined,
    size: undefined,
    servedModel: undefined,
    usage: UNSAID_USAGE,
  };
}

/** Veo is billed by the second, and by the resolution: https://ai.google.dev/gemini-api/docs/pricing#veo-3.1 */
export function expectVideo(asked: Pick<VideoRequest, 'seconds' | 'size' | 'extra'>): ExpectedVideo {
  const seconds = asked.seconds ?? DEFAULT_SECONDS;
  return {
    seconds,
    usage: { ...NO_USAGE, seconds },
    made: { imageSize: resolutionAsked(asked) ?? DEFAULT_RESOLUTION },
  };
}

/** As it will be billed: everything that the price hangs on is the caller's to say, and has a default. */
export function boundVideo(asked: Pick<VideoRequest, 'seconds' | 'size' | 'extra'>): BoundVideo {
  const { seconds = DEFAULT_SECONDS, made } = expectVideo(asked);
  return { most: { seconds }, likely: { seconds }, made };
}

function outcomeOf(answer: JsonObject): Pick<VideoJob, 'status' | 'error' | 'url'> {
  const { error } = answer;
  if (isJsonObject(error)) return failed(textOf(error['status']) ?? codeOf(error['code']), textOf(error['message']));
  if (answer['done'] !== true) return { status: 'running', error: undefined, url: undefined };
  const response = objectAt(objectAt(answer, 'response'), 'generateVideoResponse');
  const url = uriOf(response);
  if (url !== undefined) return { status: 'done', error: undefined, url };
  const reasons = response['raiMediaFilteredReasons'];
  if (Array.isArray(reasons) && reasons.length > 0) return failed('content_policy', reasons.filter(isText).join(' '));
  return failed(undefined, 'The provider finished without a film.');
}

function failed(code: string | undefined, message: string | undefined): Pick<VideoJob, 'status' | 'error' | 'url'> {
  const words = message?.slice(0, ERROR_CHARACTERS_MAX) ?? 'The provider could not make the film.';
  return { status: 'failed', error: { code, message: words }, url: undefined };
}

function uriOf(response: JsonObject): string | undefined {
  const samples = response['generatedSamples'];
  const [sample] = Array.isArray(samples) ? samples : [];
  return isJsonObject(sample) ? textOf(objectAt(sample, 'video')['uri']) : undefined;
}

function objectAt(parent: JsonObject, field: string): JsonObject {
  const value = parent[field];
  return isJsonObject(value) ? value : {};
}

function codeOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isText(value: JsonValue): value is string {
  return typeof value === 'string';
}
