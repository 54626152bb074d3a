import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { behaviourOf } from './fake-upstream/behaviour.ts';
import type { Script } from './fake-upstream.ts';
import type { HubProcess } from './hub-process.ts';

/** A request to a hub, byte for byte: nothing is added but what HTTP itself asks for. */
export type HubCall = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An object is sent as JSON; bytes are sent as they are; several pieces are sent chunked. */
  readonly body?: JsonObject | Buffer | string | readonly Buffer[];
  readonly signal?: AbortSignal;
  /** How long to wait for the head of the answer. */
  readonly headWithinMs?: number;
};

/** What came back, to its last byte or to the cut. */
export type HubAnswer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as a JSON object; empty where it is none. */
  readonly json: JsonObject;
  /** The `error` of the body; empty where there is none. */
  readonly error: JsonObject;
  /** The data of each event of a stream, `[DONE]` included. */
  readonly events: readonly string[];
  /** False where the connection closed within the body. */
  readonly isComplete: boolean;
};

const CALL_TIMEOUT_MS = 15_000;
const LOOK_FIRST_MS = 10;
const LOOK_EVERY_MS_MAX = 100;
const HOLD_MS = 20_000;

/** Where a hub is, and which certificate it has there over TLS. */
export type CalledHub = Pick<HubProcess, 'address'> & Partial<Pick<HubProcess, 'certificate'>>;

/** Calls a hub on a connection of its own and collects the answer. @throws Error when no head of an answer comes */
export async function callHub(hub: CalledHub, secret: string | undefined, call: HubCall = {}): Promise<HubAnswer> {
  const response = await openCall(hub, secret, call);
  return collect(response);
}

/** Calls a hub and gives the answer as soon as its head has come; the body waits to be read. */
export async function openCall(
  hub: CalledHub,
  secret: string | undefined,
  call: HubCall = {},
): Promise<IncomingMessage> {
  const { method = 'POST', path = '/v1/chat/completions', headers = {}, body, headWithinMs = CALL_TIMEOUT_MS } = call;
  const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body) && !Array.isArray(body);
  const pieces = piecesOf(body);
  const send = hub.address.startsWith('https:') ? httpsRequest : httpRequest;
  const request = send(`${hub.address}${path}`, {
    ...(hub.certificate === undefined ? {} : { ca: hub.certificate }),
    method,
    agent: false,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    headers: {
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...(pieces.length === 1 ? { 'content-length': String(pieces[0]?.length ?? 0) } : {}),
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
      ),
    },
  });
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${headWithinMs} ms`)), headWithinMs);
  try {
    const answered = once(request, 'response');
    // A hub that refuses a body closes while it is still being sent; the answer is what counts.
    request.on('error', () => undefined);
    for (const piece of pieces) request.write(piece);
    request.end();
    // The event carries the message.
    const [response] = (await answered) as [IncomingMessage];
    return response;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads an answer to its end, or to the cut. */
export async function collect(response: IncomingMessage): Promise<HubAnswer> {
  const parts: Buffer[] = [];
  response.on('data', (part: Buffer) => parts.push(part));
  response.on('error', () => undefined);
  // Not `once`: it would reject for a cut, which is an answer here.
  if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
  const bytes = Buffer.concat(parts);
  const text = bytes.toString('utf8');
  const parsed = parseJsonOrUndefined(text);
  const json = isJsonObject(parsed) ? parsed : {};
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    trailers: response.trailers,
    bytes,
    text,
    json,
    error: isJsonObject(json['error']) ? json['error'] : {},
    events: eventsOf(text),
    isComplete: response.complete,
  };
}

/** The body of a chat request; `user` may steer a fake upstream that `scriptByUser` was given to. */
export function chatBody(more: JsonObject = {}): JsonObject {
  return { model: 'fake/fake-small', messages: [{ role: 'user', content: 'Say something.' }], ...more };
}

/** A fake upstream's script: a `user` field of `@words` says how the request is treated, as a model name would. */
export const scriptByUser: Script = ({ body }) => {
  const user = body['user'];
  return typeof user === 'string' && user.startsWith('@') ? behaviourOf(user) : undefined;
};

/** The records of one request, by the id that its answer carried. @throws ControlCallError when there is none */
export async function requestDetail(hub: HubProcess, requestId: string | string[] | undefined): Promise<JsonObject> {
  return asObject(await hub.control('GET', `/usage/requests/${String(requestId)}`));
}

/** The fields that were declared as lost in one request, each once, sorted. */
export async function lossesOf(hub: HubProcess, requestId: string | string[] | undefined): Promise<string[]> {
  const { losses } = await requestDetail(hub, requestId);
  const fields = Array.isArray(losses) ? losses.map((loss) => textOf(asObject(loss)['field'])) : [];
  return [...new Set(fields)].toSorted();
}

/** The usage record of one request. */
export async function usageRecord(hub: HubProcess, requestId: string | string[] | undefined): Promise<JsonObject> {
  return asObject((await requestDetail(hub, requestId))['usage_record']);
}

/** Every usage record, newest first. */
export async function usageRecords(hub: HubProcess, query = ''): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  let cursor = '';
  do {
    const page = asObject(await hub.control('GET', `/usage/records?limit=200${query}${cursor}`));
    rows.push(...rowsOf(page));
    const next = page['next_cursor'];
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor !== '');
  return rows;
}

/** The rows of a list that the control API gives. */
export async function listOf(hub: HubProcess, path: string): Promise<JsonObject[]> {
  return rowsOf(asObject(await hub.control('GET', path)));
}

/** @throws Error when the value is no object */
export function asObject(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return value;
}

/** @throws Error when the value is no text */
export function textOf(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new Error(`no text: ${JSON.stringify(value)}`);
  return value;
}

/** Asks again and again until the answer is something. @throws Error with what was waited for when the time is up */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = HOLD_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  // What does not come at once is worth less and less of the machine.
  for (let pauseMs = LOOK_FIRST_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_EVERY_MS_MAX)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= deadline) throw new Error(`within ${withinMs} ms there was no ${what}`);
    await wait(pauseMs);
  }
}

function rowsOf(page: JsonObject): JsonObject[] {
  const data = page['data'];
  if (!Array.isArray(data)) throw new Error(`no list: ${Object.keys(page).join(', ')}`);
  return data.map((row) => asObject(row));
}

function piecesOf(body: HubCall['body']): readonly Buffer[] {
  if (body === undefined) return [];
  if (Buffer.isBuffer(body)) return [body];
  if (typeof body === 'string') return [Buffer.from(body)];
  // An array of anything but bytes is no body, so what is left is the object.
  if (Array.isArray(body)) return body as readonly Buffer[];
  return [Buffer.from(JSON.stringify(body))];
}

function eventsOf(text: string): string[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((event) => /^data: ?([\s\S]*)$/.exec(event)?.[1])
    .filter((data) => data !== undefined);
}
