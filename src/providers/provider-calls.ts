import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import { joinUrl } from './base-url.ts';
import { bedrockListUrl, listBedrockModels } from './bedrock-list.ts';
import type { ProviderAnswer, ProviderHttp, WrittenChat } from './connection-ports.ts';
import { createModelListReader, type ModelList } from './model-list.ts';
import type { ProviderEntry, SpokenOperation } from './schema.ts';

/** A list of models must be here within this time; slow ones take about 3 s. */
export const LIST_TIMEOUT_MS = 15_000;
/** A one-token answer must be here within this time; a local server may have to load the model first. */
export const CHAT_TIMEOUT_MS = 60_000;
/** Pages of one list; the largest known one has a page of 1,000 models. A list that goes on is no list. */
export const LIST_PAGES_MAX = 40;
/** The largest answer that is read; OpenRouter's list of models has about 1 MB. */
export const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** All pages of one list together. Whose server answers may be anybody's, and what it lists is held in memory until it ends. */
export const LIST_BYTES_MAX = 2 * ANSWER_BYTES_MAX;
const MESSAGE_CHARACTERS_MAX = 300;
/** So many characters at a word's beginning equal to the secret's own make the word an echo of it. */
const ECHO_CHARACTERS = 4;

/** Where and with what to call. */
export type CallTarget = {
  readonly entry: Pick<ProviderEntry, 'auth' | 'headers'>;
  readonly baseUrl: string;
  readonly secret: string | undefined;
};

/** Calls `GET` on a path of the provider. @throws GatewayError when it does not answer with success */
export async function getFromProvider(
  http: ProviderHttp,
  target: CallTarget,
  at: {
    readonly path: string;
    readonly relativeTo?: 'baseUrl' | 'origin' | undefined;
    readonly timeoutMs?: number;
    readonly bytesMax?: number;
  },
): Promise<Buffer> {
  const answer = await http.request({
    method: 'GET',
    url: joinUrl(target.baseUrl, at.path, at.relativeTo),
    headers: { accept: 'application/json', ...target.entry.headers },
    body: undefined,
    auth: target.entry.auth,
    secret: target.secret,
    timeoutMs: at.timeoutMs ?? LIST_TIMEOUT_MS,
    responseBytesMax: at.bytesMax ?? ANSWER_BYTES_MAX,
  });
  if (!isSuccess(answer.status)) throw statusFault(answer, target.secret);
  return answer.body;
}

type GetPage = (path: string) => Promise<Buffer>;

/** Asks for the pages of one list, which share what they may have in bytes. */
function pagesOf(
  http: ProviderHttp,
  target: CallTarget,
  at: Omit<Parameters<typeof getFromProvider>[2], 'path' | 'bytesMax'>,
): GetPage {
  let bytesLeft = LIST_BYTES_MAX;
  return async (path) => {
    const body = await getFromProvider(http, target, { ...at, path, bytesMax: Math.min(bytesLeft, ANSWER_BYTES_MAX) });
    bytesLeft -= body.length;
    if (bytesLeft > 0) return body;
    throw new GatewayError('upstream.answer_too_large', {
      message: `The provider’s list of models has more than ${LIST_BYTES_MAX / 1024 / 1024} MiB.`,
    });
  };
}

/** Asks the provider for its models, page after page. @throws GatewayError `upstream.*`, `egress.blocked` */
export async function listProviderModels(
  http: ProviderHttp,
  target: CallTarget,
  source: Extract<ProviderEntry['models'], { from: 'list' }>,
  timeoutMs: number = LIST_TIMEOUT_MS,
): Promise<ModelList> {
  if (source.shape === 'bedrock') {
    const lists = { ...target, baseUrl: bedrockListUrl(target.baseUrl) };
    return await listBedrockModels(pagesOf(http, lists, { timeoutMs }), source.path);
  }
  const reader = createModelListReader(source.shape);
  const getPage = pagesOf(http, target, { relativeTo: source.relativeTo, timeoutMs });
  let path: string = source.path;
  for (let page = 0; page < LIST_PAGES_MAX; page += 1) {
    const query = reader.addPage(await getPage(path));
    if (query === undefined) return reader.list();
    path = `${source.path}${source.path.includes('?') ? '&' : '?'}${query}`;
  }
  throw new GatewayError('upstream.answer_too_large', {
    message: `The provider’s list of models has more than ${LIST_PAGES_MAX} pages.`,
  });
}

/**
 * Sends a JSON body to a path of the provider and returns the JSON of a successful answer.
 * @throws GatewayError `upstream.*`, `egress.blocked`
 */
export async function postToProvider(
  http: ProviderHttp,
  target: CallTarget,
  at: Pick<SpokenOperation, 'path' | 'relativeTo'>,
  body: JsonValue,
): Promise<JsonValue> {
  return await postText(http, target, at, { headers: {}, body: JSON.stringify(body) });
}

async function postText(
  http: ProviderHttp,
  target: CallTarget,
  at: Pick<SpokenOperation, 'path' | 'relativeTo'>,
  { headers, body }: Pick<WrittenChat, 'headers' | 'body'>,
): Promise<JsonValue> {
  const answer = await http.request({
    method: 'POST',
    url: joinUrl(target.baseUrl, at.path, at.relativeTo),
    headers: { accept: 'application/json', 'content-type': 'application/json', ...target.entry.headers, ...headers },
    body,
    auth: target.entry.auth,
    secret: target.secret,
    timeoutMs: CHAT_TIMEOUT_MS,
    responseBytesMax: ANSWER_BYTES_MAX,
  });
  if (!isSuccess(answer.status)) throw statusFault(answer, target.secret);
  const json = parseJsonOrUndefined(answer.body.toString('utf8'));
  if (json === undefined) throw new GatewayError('upstream.invalid_answer');
  return json;
}

/** The smallest chat there is, in the OpenAI dialect. */
export function oneTokenChat(model: string, maxTokensField: 'max_tokens' | 'max_completion_tokens'): JsonValue {
  return { model, messages: [{ role: 'user', content: 'Hi' }], [maxTokensField]: 1 };
}

/**
 * Chats for one token in the OpenAI dialect. Models that reason refuse `max_tokens` by name; they are asked again with
 * `max_completion_tokens` (https://platform.openai.com/docs/api-reference/chat/create).
 * @returns the field that the provider accepted
 * @throws GatewayError `upstream.*`, `egress.blocked`
 */
export async function tryOneTokenChat(
  http: ProviderHttp,
  target: CallTarget,
  spoken: Pick<SpokenOperation, 'path' | 'relativeTo' | 'quirks'>,
  model: string,
): Promise<'max_tokens' | 'max_completion_tokens'> {
  const chat = async (field: 'max_tokens' | 'max_completion_tokens') => {
    const answer = await postToProvider(http, target, spoken, oneTokenChat(model, field));
    if (!isJsonObject(answer) || !Array.isArray(answer['choices'])) throw new GatewayError('upstream.invalid_answer');
    return field;
  };
  const required = spoken.quirks?.maxTokensField;
  if (required !== undefined) return await chat(required);
  try {
    return await chat('max_tokens');
  } catch (error) {
    const said = error instanceof GatewayError && error.code === 'upstream.bad_request' ? error.upstream?.message : '';
    if (said === undefined || !said.includes('max_completion_tokens')) throw error;
    return await chat('max_completion_tokens');
  }
}

/** Sends a chat that is written in a dialect of its own. @throws GatewayError `upstream.*`, `egress.blocked` */
export async function tryWrittenChat(
  http: ProviderHttp,
  target: CallTarget,
  chat: WrittenChat,
  relativeTo: SpokenOperation['relativeTo'],
): Promise<void> {
  const at = relativeTo === undefined ? { path: chat.path } : { path: chat.path, relativeTo };
  const answer = await postText(http, target, at, chat);
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
}

/**
 * True for the answer that says that the credential itself is not known: 401, or the 400 that names the key, of Google
 * (https://ai.google.dev/gemini-api/docs/troubleshooting) and xAI. A 403 is about what a known one may do.
 */
export function isRefusedCredential(error: unknown): error is GatewayError {
  if (!(error instanceof GatewayError) || error.code !== 'upstream.credential_rejected') return false;
  return error.upstream?.status === 401 || error.upstream?.status === 400;
}

/** An answer without success as an error; the provider's words are bounded and hold nothing of the secret. */
export function statusFault(answer: ProviderAnswer, secret: string | undefined): GatewayError {
  const { status } = answer;
  const json = parseJsonOrUndefined(answer.body.toString('utf8'));
  const body = Array.isArray(json) ? json[0] : json;
  const message = providerMessage(body, secret) ?? `HTTP ${status}`;
  const code = namesTheKey(body) ? 'upstream.credential_rejected' : codeOfStatus(status);
  return new GatewayError(code, { upstream: { status, message } });
}

/** `google.rpc.ErrorInfo` among the details of an error, or xAI's words: https://docs.x.ai/developers/debugging */
function namesTheKey(body: JsonValue | undefined): boolean {
  const error = isJsonObject(body) ? body['error'] : undefined;
  if (typeof error === 'string' && error.startsWith('Incorrect API key provided')) return true;
  const details = isJsonObject(error) && Array.isArray(error['details']) ? error['details'] : [];
  return details.some((detail) => isJsonObject(detail) && detail['reason'] === 'API_KEY_INVALID');
}

function codeOfStatus(status: number): GatewayError['code'] {
  if (status === 401 || status === 402 || status === 403) return 'upstream.credential_rejected';
  if (status === 404) return 'upstream.not_found';
  if (status === 413) return 'upstream.too_large';
  if (status === 422) return 'upstream.unprocessable';
  if (status === 429) return 'upstream.rate_limited';
  if (status >= 400 && status < 500) return 'upstream.bad_request';
  return 'upstream.error';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** `{ error: { message } }`, `{ error }`, `{ message }` or `{ detail }`, whichever the provider writes. */
function providerMessage(answer: JsonValue | undefined, secret: string | undefined): string | undefined {
  if (!isJsonObject(answer)) return undefined;
  const error = answer['error'];
  const candidates = [isJsonObject(error) ? error['message'] : error, answer['message'], answer['detail']];
  const found = candidates.find((candidate) => typeof candidate === 'string' && candidate !== '');
  if (typeof found !== 'string') return undefined;
  const clean = withoutEcho(found.replace(/[\p{Cc}\p{Cf}]/gu, ' '), secret);
  return clean.trim().slice(0, MESSAGE_CHARACTERS_MAX);
}

/** Providers quote a refused key, in part or whole; the words that begin as the secret does are taken out. */
function withoutEcho(message: string, secret: string | undefined): string {
  if (secret === undefined || secret === '') return message;
  const start = secret.slice(0, ECHO_CHARACTERS);
  return message
    .replaceAll(secret, '…')
    .split(/(\s+)/)
    .map((word) => (start.length === ECHO_CHARACTERS && word.includes(start) ? '…' : word))
    .join('');
}
