import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { answerTo, embeddingsFor, type FakeUsage } from './fake-upstream/answers.ts';
import { type Behaviour, baseModelOf, behaviourOf, type Instead } from './fake-upstream/behaviour.ts';
import { type Delivery, deliver, sendFirehose } from './fake-upstream/delivery.ts';
import { type FrameInput, streamFrames, wholeBody } from './fake-upstream/frames.ts';
import { createJournal, type Journal, type JournalWriter } from './fake-upstream/journal.ts';
import { type OracleFile, openOracleFile } from './fake-upstream/oracle.ts';
import { closeServer, listenOnLoopback } from './listen.ts';

/** Decides how one request is treated; `undefined` leaves it to the model's name. */
export type Script = (request: ScriptedRequest) => Behaviour | undefined;

export type ScriptedRequest = {
  readonly path: string;
  readonly model: string;
  /** The bearer credential that was sent, without its scheme. */
  readonly credential: string | undefined;
  readonly body: JsonObject;
  /** How many requests named this model before. */
  readonly earlier: number;
};

export type FakeUpstreamOptions = {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly models?: readonly string[];
  /** Credentials that are accepted; without any, all are. */
  readonly credentials?: readonly string[];
  /** File to which every answer that was sent to its end is appended. */
  readonly logFile?: string;
  readonly journalEntriesMax?: number;
};

export type FakeUpstream = {
  /** `http://127.0.0.1:PORT`; the API is below `/v1`. */
  readonly url: string;
  /** The base URL that a connection takes. */
  readonly baseUrl: string;
  readonly port: number;
  readonly journal: Journal;
  readonly setModels: (models: readonly string[]) => void;
  readonly setCredentials: (credentials: readonly string[] | undefined) => void;
  /** Overrides what the models' names say, until the next call; `undefined` ends it. */
  readonly setScript: (script: Script | undefined) => void;
  /** Open connections right now. */
  readonly connections: () => Promise<number>;
  /** Closes every connection; resolves when the log file is complete. */
  readonly close: () => Promise<void>;
};

const DEFAULT_MODELS: readonly string[] = ['fake-small', 'fake-large', 'fake-embed'];
const MODEL_CREATED_SECONDS = 1_735_689_600;
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const JOURNAL_ENTRIES_MAX = 10_000;
const KEEP_ALIVE_MS = 60_000;
const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream; charset=utf-8';

type State = {
  models: readonly string[];
  credentials: readonly string[] | undefined;
  script: Script | undefined;
  serial: number;
  readonly earlier: Map<string, number>;
  readonly journal: JournalWriter;
  readonly oracle: OracleFile | undefined;
};

/** Starts an OpenAI-format provider on loopback that answers well or behaves as badly as it is told. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const state: State = {
    models: options.models ?? DEFAULT_MODELS,
    credentials: options.credentials,
    script: undefined,
    serial: 0,
    earlier: new Map(),
    journal: createJournal(options.journalEntriesMax ?? JOURNAL_ENTRIES_MAX),
    oracle: options.logFile === undefined ? undefined : await openOracleFile(options.logFile),
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    handle(state, request, response).catch((reason: unknown) => {
      // A behaviour that was misspelt must not look like a provider's fault.
      if (!response.headersSent) response.writeHead(599, { 'content-type': 'text/plain' });
      response.end(String(reason));
    });
  });
  const port = await listenOnLoopback(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    port,
    journal: state.journal,
    setModels: (models) => {
      state.models = models;
    },
    setCredentials: (credentials) => {
      state.credentials = credentials;
    },
    setScript: (script) => {
      state.script = script;
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    close: async () => {
      await closeServer(server);
      await state.oracle?.close();
    },
  };
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  state.serial += 1;
  const serial = state.serial;
  const gone = new AbortController();
  const raw = await readBody(request);
  const parsed = parseJsonOrUndefined(raw.toString('utf8'));
  const body = isJsonObject(parsed) ? parsed : {};
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const model = typeof body['model'] === 'string' ? body['model'] : undefined;
  const number = state.journal.add({
    method: request.method ?? '',
    path: request.url ?? '/',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: raw,
    model,
    stream: body['stream'] === true,
    user: typeof body['user'] === 'string' ? body['user'] : undefined,
    receivedAt: Date.now(),
  });
  response.on('close', () => {
    if (!response.writableFinished) state.journal.change(number, { abortedAt: Date.now() });
    gone.abort();
  });
  if (response.closed) gone.abort();
  response.setHeader('x-request-id', `req_fake${String(serial).padStart(12, '0')}`);
  const plan = planFor(state, { serial, request, path, body, model });
  const end =
    plan.firehoseBytes === undefined
      ? await deliver(response, plan.delivery, gone.signal)
      : await sendFirehose(response, plan.firehoseBytes, gone.signal);
  const at = Date.now();
  state.journal.change(number, {
    answerId: plan.answered?.id,
    ...(end === 'finished' ? { finishedAt: at } : { abortedAt: at }),
  });
  if (end === 'finished' && plan.answered !== undefined) {
    const user = typeof body['user'] === 'string' ? body['user'] : undefined;
    state.oracle?.append({ ...plan.answered, stream: body['stream'] === true, at, user });
  }
}

/** What will be sent, and, where it is a model's answer, what it claims. */
type Plan = {
  readonly delivery: Delivery;
  readonly firehoseBytes?: number | undefined;
  readonly answered?: { readonly id: string; readonly model: string; readonly usage: FakeUsage } | undefined;
};

type Asked = {
  readonly serial: number;
  readonly request: IncomingMessage;
  readonly path: string;
  readonly body: JsonObject;
  readonly model: string | undefined;
};

function planFor(state: State, asked: Asked): Plan {
  const credential = /^Bearer (.*)$/i.exec(asked.request.headers.authorization ?? '')?.[1];
  const model = asked.model ?? '';
  const earlier = state.earlier.get(model) ?? 0;
  state.earlier.set(model, earlier + 1);
  const scripted = state.script?.({ path: asked.path, model, credential, body: asked.body, earlier });
  const behaviour = scripted ?? behaviourOf(model);
  if (state.credentials !== undefined && (credential === undefined || !state.credentials.includes(credential))) {
    return errorPlan(401, errorBody(401, 'Incorrect API key provided.', 'invalid_api_key'));
  }
  if (behaviour.instead !== undefined && behaviour.instead.kind !== 'echo') {
    return insteadPlan(behaviour.instead, { behaviour, credential });
  }
  if (asked.path === '/v1/models') return jsonPlan(modelList(state), behaviour);
  if (asked.request.method !== 'POST')
    return errorPlan(404, errorBody(404, `Unknown request URL: ${asked.path}`, null));
  if (!state.models.includes(model) && !state.models.includes(baseModelOf(model))) {
    return errorPlan(
      404,
      errorBody(404, `The model \`${model}\` does not exist or you do not have access to it.`, 'model_not_found'),
    );
  }
  return answerPlan(asked, { model, behaviour });
}

function answerPlan(
  asked: Asked,
  { model, behaviour }: { readonly model: string; readonly behaviour: Behaviour },
): Plan {
  const { path, body, serial } = asked;
  if (path === '/v1/embeddings') {
    const { answer, usage } = embeddingsFor(body, model);
    return { ...jsonPlan(JSON.stringify(answer), behaviour), answered: { id: `embd-${serial}`, model, usage } };
  }
  if (path !== '/v1/chat/completions' && path !== '/v1/completions') {
    return errorPlan(404, errorBody(404, `Unknown request URL: ${path}`, null));
  }
  const plain = answerTo(body, { serial, words: behaviour.contentEvents });
  const answer = behaviour.instead?.kind === 'echo' ? { ...plain, words: [echoOf(asked)] } : plain;
  const options = body['stream_options'];
  const input: FrameInput = {
    operation: path === '/v1/chat/completions' ? 'chat' : 'completions',
    model,
    createdSeconds: Math.floor(Date.now() / 1000),
    answer,
    behaviour,
    includeUsage: isJsonObject(options) && options['include_usage'] === true,
  };
  const answered = { id: answer.id, model, usage: answer.usage };
  if (body['stream'] !== true) return { ...jsonPlan(wholeBody(input), behaviour), answered };
  const headers = { 'content-type': STREAM_TYPE, 'cache-control': 'no-cache' };
  return { delivery: { status: 200, headers, frames: streamFrames(input), behaviour }, answered };
}

type Unanswered = Exclude<Instead, { readonly kind: 'echo' }>;

function insteadPlan(
  instead: Unanswered,
  { behaviour, credential }: { readonly behaviour: Behaviour; readonly credential: string | undefined },
): Plan {
  const plan = (status: number, headers: Record<string, string>, text: string): Plan => ({
    delivery: { status, headers: { 'content-type': JSON_TYPE, ...headers }, frames: [text], behaviour },
  });
  switch (instead.kind) {
    case 'status':
      return plan(instead.status, { ...instead.headers }, instead.body ?? usualError(instead.status));
    case 'echoed-error':
      return plan(
        instead.status,
        {},
        errorBody(instead.status, `Incorrect API key provided: ${credential ?? ''}.`, 'invalid_api_key'),
      );
    case 'garbage':
      return plan(200, {}, '\u0000<html>\ufffd{"id": "chatcmpl-');
    case 'redirect':
      return plan(instead.status, { location: instead.to }, '');
    case 'firehose':
      return { ...plan(200, {}, ''), firehoseBytes: instead.bytes };
  }
}

function jsonPlan(text: string, behaviour: Behaviour): Plan {
  return { delivery: { status: 200, headers: { 'content-type': JSON_TYPE }, frames: [text], behaviour } };
}

function errorPlan(status: number, text: string): Plan {
  return { delivery: { status, headers: { 'content-type': JSON_TYPE }, frames: [text], behaviour: {} } };
}

/** Errors as OpenAI words them: https://platform.openai.com/docs/guides/error-codes */
function usualError(status: number): string {
  switch (status) {
    case 401:
      return errorBody(status, 'Incorrect API key provided.', 'invalid_api_key');
    case 404:
      return errorBody(status, 'The model does not exist or you do not have access to it.', 'model_not_found');
    case 429:
      return errorBody(status, 'Rate limit reached for requests.', 'rate_limit_exceeded');
    default:
      return errorBody(status, `The fake upstream was told to answer ${status}.`, null);
  }
}

function errorBody(status: number, message: string, code: string | null): string {
  const type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function modelList(state: State): string {
  const data = state.models.map((id) => ({
    id,
    object: 'model',
    created: MODEL_CREATED_SECONDS,
    owned_by: 'fake-upstream',
  }));
  return JSON.stringify({ object: 'list', data });
}

function echoOf(asked: Asked): string {
  return JSON.stringify({ headers: asked.request.rawHeaders, body: asked.body });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    // A stream without an encoding gives buffers.
    const buffer = part as Buffer;
    bytes += buffer.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`the fake upstream takes at most ${BODY_BYTES_MAX} bytes`);
    parts.push(buffer);
  }
  return Buffer.concat(parts);
}

async function runAlone(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, log: { type: 'string' }, models: { type: 'string' } },
  });
  const upstream = await startFakeUpstream({
    port: Number(values.port ?? '0'),
    ...(values.log === undefined ? {} : { logFile: values.log }),
    ...(values.models === undefined ? {} : { models: values.models.split(',') }),
  });
  console.log(JSON.stringify({ port: upstream.port, url: upstream.url, pid: process.pid }));
  const stop = (): void => {
    upstream.close().then(
      () => process.exit(0),
      (reason: unknown) => {
        console.error(reason);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

if (import.meta.main) await runAlone();
