import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { VideoJob } from '../../protocol/media.ts';
import { NO_USAGE, type ReadUsage, UNSAID_USAGE } from '../../protocol/usage.ts';
import { filmId } from '../film-id.ts';
import { providerFault } from '../provider-fault.ts';
import { type Anomalies, headlineCount } from '../usage-counts.ts';

/** A word that is not known yet is of a film that is not finished; creating one is answered with no word at all. */
const STATUSES: ReadonlyMap<JsonValue | undefined, VideoJob['status']> = new Map([
  [undefined, 'queued'],
  ['queued', 'queued'],
  ['running', 'running'],
  ['succeeded', 'done'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
  ['expired', 'failed'],
]);
const ERROR_CHARACTERS_MAX = 1000;

/**
 * Reads what Ark says of a task; creating one is answered with its id alone: https://www.volcengine.com/docs/82379/1521309
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function decodeVideoJob(body: Buffer, id: string | undefined): VideoJob {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  const error = isJsonObject(answer['error']) ? answer['error'] : undefined;
  if (error !== undefined && answer['id'] === undefined && answer['status'] === undefined) throw carriedFault(error);
  const content = isJsonObject(answer['content']) ? answer['content'] : {};
  const url = textOf(content['video_url']);
  const status = STATUSES.get(answer['status']) ?? 'running';
  if (status === 'done' && url === undefined) {
    throw new GatewayError('upstream.invalid_answer', { message: 'The film has no address.' });
  }
  return {
    id: answer['id'] === undefined && id !== undefined ? id : filmId(answer['id']),
    status,
    progress: undefined,
    error: status === 'failed' ? errorOf(answer, error) : undefined,
    createdAtSeconds: numberOf(answer['created_at']),
    seconds: numberOf(answer['duration']),
    size: textOf(answer['resolution']),
    url: status === 'done' ? url : undefined,
    servedModel: textOf(answer['model']),
    usage: status === 'done' ? usageOf(answer['usage']) : UNSAID_USAGE,
  };
}

function errorOf({ status }: JsonObject, error: JsonObject | undefined): NonNullable<VideoJob['error']> {
  const word = textOf(status);
  const message = textOf(error?.['message']) ?? `The provider ended the task: ${word ?? 'failed'}.`;
  return { code: textOf(error?.['code']) ?? word, message: message.slice(0, ERROR_CHARACTERS_MAX) };
}

function carriedFault({ code, message }: JsonObject): GatewayError {
  return providerFault({ status: 0, message: textOf(message) ?? '', code: textOf(code) }, 'upstream.error');
}

/** Tokens of the film; what went in is not billed. */
function usageOf(raw: JsonValue | undefined): ReadUsage {
  if (!isJsonObject(raw)) return UNSAID_USAGE;
  const anomalies: Anomalies = [];
  const outputTokens = headlineCount(raw, 'completion_tokens', anomalies);
  return { usage: { ...NO_USAGE, outputTokens }, anomalies };
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
