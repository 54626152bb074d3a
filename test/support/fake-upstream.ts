import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import type { JsonObject } from '../../src/kernel/json.ts';
import { isJsonObject, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { answerTo, type FakeUsage, promptTokensOf } from './fake-upstream/answers.ts';
import { type Behaviour, baseModelOf, behaviourOf, type Instead } from './fake-upstream/behaviour.ts';
import { type Delivery, deliver, sendFirehose } from './fake-upstream/delivery.ts';
import { createJournal, type Journal, type JournalWriter } from './fake-upstream/journal.ts';
import { answerMedia, type MediaAnswer } from './fake-upstream/media.ts';
import type { Manner } from './fake-upstream/openai-chat/manners.ts';
import { openaiChatSpeech } from './fake-upstream/openai-chat/speech.ts';
import { type OracleFile, openOracleFile } from './fake-upstream/oracle.ts';
import { objectAt, stringAt } from './fake-upstream/prompt.ts';
import { type AwsKey, isSigned, refuseSignature } from './fake-upstream/sigv4.ts';
import type { AnswerInput, Arrived, Question, Refusal, Speech } from './fake-upstream/speech.ts';
import { SPEECHES } from './fake-upstream/speeches.ts';
import { closeServer, listenOnLoopback } from './listen.ts';

/** Decides how one request is treated; `undefined` leaves it to the model's name. */
export type Script = (request: ScriptedRequest) => Behaviour | undefined;

export type ScriptedRequest = {
  readonly path: string;
  readonly model: string;
  /** The credential that was sent, in the place where the format has it; without its scheme. */
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
  /** Keys with which requests may be signed; without any, a signature is not looked at. */
  readonly awsKeys?: readonly AwsKey[];
  /** Refuses chats in OpenAI's format as OpenAI does; servers that copy the format take anything. */
  readonly strict?: boolean;
  /** Whose way of writing OpenAI's format it has; without one, OpenAI's own. */
  readonly manner?: Manner;
  /** File to which every answer that was sent to its end is appended. */
  readonly logFile?: string;
  readonly journalEntriesMax?: number;
};

export type FakeUpstream = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The base URL that a connection in OpenAI's format takes: `/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  readonly journal: Journal;
  readonly setModels: (models: readonly string[]) => void;
  readonly setCredentials: (credentials: readonly string[] | undefined) => void;
  readonly setAwsKeys: (keys: readonly AwsKey[] | undefined) => void;
  /** Overrides what the models' names say, until the next call; `undefined` ends it. */
  readonly setScript: (script: Script | undefined) => void;
  /** Open connections right now. */
  readonly connections: () => Promise<number>;
  /** Closes every connection; resolves when the log file is complete. */
  readonly close: () => Promise<void>;
};

const DEFAULT_MODELS: readonly string[] = ['fake-small', 'fake-large', 'fake-embed'];
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const JOURNAL_ENTRIES_MAX = 10_000;
const KEEP_ALIVE_MS = 60_000;
const JSON_TYPE = 'application/json';

type State = {
  models: readonly string[];
  credentials: readonly string[] | undefined;
  awsKeys: readonly AwsKey[] | undefined;
  readonly strict: boolean;
  readonly manner: Manner;
  script: Script | undefined;
  serial: number;
  readonly earlier: Map<string, number>;
  readonly journal: JournalWriter;
  readonly oracle: OracleFile | undefined;
};

/** Starts a provider on loopback that speaks every wire format, and answers well or behaves as badly as it is told. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const state: State = {
    models: options.models ?? DEFAULT_MODELS,
    credentials: options.credentials,
    awsKeys: options.awsKeys,
    strict: options.strict ?? false,
    manner: options.manner ?? 'openai',
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
    setAwsKeys: (keys) => {
      state.awsKeys = keys;
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
  const arrived = arrivedOf(request, raw);
  const { speech, question } = listen(arrived);
  const media = await answerMedia({ ...arrived, raw, url: `http://${request.headers.host ?? ''}` });
  const user = endUserOf(arrived.body);
  const number = state.journal.add({
    method: arrived.method,
    path: request.url ?? '/',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: raw,
    dialect: speech.name,
    model: media?.model ?? question?.model,
    stream: question?.streamed === true,
    user,
    receivedAt: Date.now(),
  });
  response.on('close', () => {
    if (!response.writableFinished) state.journal.change(number, { abortedAt: Date.now() });
    gone.abort();
  });
  if (response.closed) gone.abort();
  response.setHeader('x-request-id', `req_fake${String(serial).padStart(12, '0')}`);
  const plan = await planFor(state, { serial, request, raw, arrived, speech, question, media });
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
    state.oracle?.append({ ...plan.answered, stream: question?.streamed === true, at, user });
  }
}

/** In the place where the format has it. */
function endUserOf(body: JsonObject): string | undefined {
  return (
    stringAt(body, 'user') ?? stringAt(body, 'safety_identifier') ?? stringAt(objectAt(body, 'metadata'), 'user_id')
  );
}

function arrivedOf(request: IncomingMessage, raw: Buffer): Arrived {
  const parsed = parseJsonOrUndefined(raw.toString('utf8'));
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  return {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
    body: isJsonObject(parsed) ? parsed : {},
  };
}

/** Finds the wire format by the address; what no format knows is answered as OpenAI would. */
function listen(arrived: Arrived): { readonly speech: Speech; readonly question: Question | undefined } {
  for (const speech of SPEECHES) {
    const question = speech.read(arrived);
    if (question !== undefined) return { speech, question };
  }
  return { speech: openaiChatSpeech, question: undefined };
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
  readonly raw: Buffer;
  readonly arrived: Arrived;
  readonly speech: Speech;
  readonly question: Question | undefined;
  readonly media: MediaAnswer | undefined;
};

async function planFor(state: State, asked: Asked): Promise<Plan> {
  const { speech, question, arrived, media } = asked;
  const credential = speech.credentialOf(arrived);
  const model = media?.model ?? question?.model ?? '';
  const earlier = state.earlier.get(model) ?? 0;
  state.earlier.set(model, earlier + 1);
  const scripted = state.script?.({ path: arrived.path, model, credential, body: arrived.body, earlier });
  const behaviour = { manner: state.manner, ...(scripted ?? behaviourOf(model)) };
  // What was made is fetched without a credential and names no model.
  if (media !== undefined && media.model === undefined) return mediaPlan(media, behaviour);
  const rejected = await rejectedCredential(state, asked, credential);
  if (rejected !== undefined) return errorPlan(speech, rejected);
  if (behaviour.instead !== undefined && behaviour.instead.kind !== 'echo') {
    return insteadPlan(behaviour.instead, { behaviour, credential, speech });
  }
  if (media !== undefined && isKnown(state, model)) return mediaPlan(media, behaviour);
  if (question === undefined) {
    return errorPlan(speech, { status: 404, message: `Unknown request URL: ${arrived.path}` });
  }
  if (question.operation === 'models') return jsonPlan(speech.models(state.models, arrived), behaviour);
  if (!isKnown(state, model)) {
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    return errorPlan(speech, { ...speech.usualError(404), message });
  }
  const refusal = speech.refuse(question, arrived, state.strict);
  return refusal === undefined ? answerPlan(asked, { question, model, behaviour }) : errorPlan(speech, refusal);
}

function isKnown({ models }: State, model: string): boolean {
  return models.includes(model) || models.includes(baseModelOf(model));
}

function mediaPlan({ status, headers, frames }: MediaAnswer, behaviour: Behaviour): Plan {
  return { delivery: { status, headers, frames, behaviour } };
}

async function rejectedCredential(
  state: State,
  { speech, arrived, raw }: Asked,
  credential: string | undefined,
): Promise<Refusal | undefined> {
  if (isSigned(arrived.headers))
    return state.awsKeys === undefined ? undefined : refuseSignature(arrived, raw, state.awsKeys);
  if (state.credentials === undefined && state.awsKeys === undefined) return undefined;
  return credential !== undefined && state.credentials?.includes(credential) === true
    ? undefined
    : speech.usualError(401);
}

function answerPlan(
  asked: Asked,
  {
    question,
    model,
    behaviour,
  }: { readonly question: Question; readonly model: string; readonly behaviour: Behaviour },
): Plan {
  const { arrived, serial, speech } = asked;
  if (question.operation === 'embeddings' && speech.embeddings !== undefined) {
    const { text, usage } = speech.embeddings(arrived.body, model);
    return { ...jsonPlan(text, behaviour), answered: { id: `embd-${serial}`, model, usage } };
  }
  const prompt = speech.prompt(question, arrived.body);
  if (question.operation === 'count-tokens' && speech.countTokens !== undefined) {
    return jsonPlan(speech.countTokens(promptTokensOf(prompt)), behaviour);
  }
  const plain = answerTo(prompt, { serial, behaviour });
  const answer =
    behaviour.instead?.kind === 'echo'
      ? { ...plain, words: [echoOf(asked)] }
      : { ...plain, words: behaviour.says ?? plain.words };
  const createdSeconds = Math.floor(Date.now() / 1000);
  const input: AnswerInput = { question, model, createdSeconds, answer, behaviour, body: arrived.body };
  const answered = { id: speech.idOf(question, answer.idPart), model, usage: answer.usage };
  if (!question.streamed) return { ...jsonPlan(speech.whole(input), behaviour), answered };
  const { events, terminator, error } = speech.stream(input);
  const frames =
    behaviour.errorAfterEvents === undefined
      ? [...events, ...(behaviour.terminator === 'missing' ? [] : terminator)]
      : [...events.slice(0, behaviour.errorAfterEvents), error];
  const headers = { 'content-type': speech.streamType, 'cache-control': 'no-cache' };
  return { delivery: { status: 200, headers, frames, behaviour }, answered };
}

type Unanswered = Exclude<Instead, { readonly kind: 'echo' }>;

function insteadPlan(
  instead: Unanswered,
  input: { readonly behaviour: Behaviour; readonly credential: string | undefined; readonly speech: Speech },
): Plan {
  const { behaviour, credential, speech } = input;
  const plan = (status: number, headers: Record<string, string>, text: string): Plan => ({
    delivery: { status, headers: { 'content-type': JSON_TYPE, ...headers }, frames: [text], behaviour },
  });
  const errorWith = (refusal: Refusal, headers: Readonly<Record<string, string>> = {}): Plan => {
    const told = speech.error(refusal);
    return plan(refusal.status, { ...told.headers, ...headers }, told.text);
  };
  switch (instead.kind) {
    case 'status': {
      const { status, headers = {}, body } = instead;
      return body === undefined ? errorWith(speech.usualError(status), headers) : plan(status, { ...headers }, body);
    }
    case 'echoed-error':
      return errorWith({
        ...speech.usualError(401),
        status: instead.status,
        message: `Incorrect API key provided: ${credential ?? ''}.`,
      });
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

function errorPlan(speech: Speech, refusal: Refusal): Plan {
  const { headers, text } = speech.error(refusal);
  return {
    delivery: {
      status: refusal.status,
      headers: { 'content-type': JSON_TYPE, ...headers },
      frames: [text],
      behaviour: {},
    },
  };
}

function echoOf({ request, arrived }: Asked): string {
  return JSON.stringify({ headers: request.rawHeaders, body: arrived.body });
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
