import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { BoundVideo, ExpectedVideo, VideoJob, VideoRequest } from '../../protocol/media.ts';
import { NO_USAGE, UNSAID_USAGE } from '../../protocol/usage.ts';
import { filmId } from '../film-id.ts';
import { COUNT_MAX } from '../usage-counts.ts';
import { carriedFault } from './carried-fault.ts';

/** What is made where the request does not say: https://platform.openai.com/docs/api-reference/videos/create */
const DEFAULT_SECONDS = 4;
const DEFAULT_SIZE = '720x1280';
/** A word that is not known yet is of a film that is not finished. */
const STATUSES: ReadonlyMap<JsonValue | undefined, VideoJob['status']> = new Map([
  ['queued', 'queued'],
  ['in_progress', 'running'],
  ['completed', 'done'],
  ['failed', 'failed'],
]);
const ERROR_CHARACTERS_MAX = 1000;

/**
 * Reads what OpenAI says of a film: https://platform.openai.com/docs/api-reference/videos/object
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function decodeVideoJob(body: Buffer, id: string | undefined): VideoJob {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  // A film that failed holds an `error`, too, and is an answer all the same.
  const fault = answer['id'] === undefined && answer['status'] === undefined ? carriedFault(answer) : undefined;
  if (fault !== undefined) throw fault;
  const status = STATUSES.get(answer['status']) ?? 'running';
  const seconds = secondsOf(answer['seconds']);
  return {
    id: answer['id'] === undefined && id !== undefined ? id : filmId(answer['id']),
    status,
    progress: numberOf(answer['progress']),
    error: status === 'failed' ? errorOf(answer['error']) : undefined,
    createdAtSeconds: numberOf(answer['created_at']),
    seconds,
    size: textOf(answer['size']),
    url: undefined,
    servedModel: textOf(answer['model']),
    usage:
      status === 'done' && seconds !== undefined ? { usage: { ...NO_USAGE, seconds }, anomalies: [] } : UNSAID_USAGE,
  };
}

/** OpenAI bills by the second and the size, and repeats both in the answer to the request. */
export function expectVideo(asked: Pick<VideoRequest, 'seconds' | 'size'>, job: VideoJob): ExpectedVideo {
  const seconds = job.seconds ?? asked.seconds ?? DEFAULT_SECONDS;
  return {
    seconds,
    usage: { ...NO_USAGE, seconds },
    made: { imageSize: job.size ?? asked.size ?? DEFAULT_SIZE },
  };
}

/** Length and size are the caller's to say, and have defaults. */
export function boundVideo({ seconds = DEFAULT_SECONDS, size }: Pick<VideoRequest, 'seconds' | 'size'>): BoundVideo {
  return { most: { seconds }, likely: { seconds }, made: { imageSize: size ?? DEFAULT_SIZE } };
}

function errorOf(error: JsonValue | undefined): NonNullable<VideoJob['error']> {
  const { code, message } = isJsonObject(error) ? error : {};
  return {
    code: textOf(code),
    message: textOf(message)?.slice(0, ERROR_CHARACTERS_MAX) ?? 'The provider could not make the film.',
  };
}

/** `"8"`; some who copy the form write the number itself. */
function secondsOf(value: JsonValue | undefined): number | undefined {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && seconds > 0 && seconds <= COUNT_MAX ? seconds : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
