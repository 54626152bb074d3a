import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import { createServer } from '../kernel/node-http.ts';
import { allText, answerWords, CHAT_MODEL, countTokens, EMBEDDING_MODEL, embed } from './answers.ts';

/** About as fast as a quick hosted model: 50 words a second. */
const WORD_EVERY_MS = 20;
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const INPUTS_MAX = 2048;

export type SimulatedProvider = {
  /** `http://127.0.0.1:PORT`, on loopback and for this process only. */
  readonly origin: string;
  readonly close: () => Promise<void>;
};

/**
 * A provider that is no provider: deterministic answers at a realistic pace, in OpenAI's format, so that the hub can be
 * tried without any account. It goes through the same doors as a real one and says what it is in every answer.
 */
export async function startSimulatedProvider(): Promise<SimulatedProvider> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  return { origin: `http://127.0.0.1:${portOf(server)}`, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://simulated');
  if (request.method === 'GET' && pathname === '/v1/models') return sendJson(response, 200, modelList());
  const body = await readJson(request);
  if (body === undefined) return sendJson(response, 400, refusal('The body is not a JSON object.'));
  switch (pathname) {
    case '/v1/chat/completions':
      return body['stream'] === true ? streamAnswer(response, body, 'chat') : sendWhole(response, body, 'chat');
    case '/v1/completions':
      return body['stream'] === true ? streamAnswer(response, body, 'text') : sendWhole(response, body, 'text');
    case '/v1/embeddings':
      return sendEmbeddings(response, body);
    default:
      return sendJson(response, 404, refusal('The simulated provider has nothing at this address.'));
  }
}

type Form = 'chat' | 'text';

function sendWhole(response: ServerResponse, body: JsonObject, form: Form): void {
  const reply = compose(body, form);
  const text = reply.words.join('');
  const choice =
    form === 'chat'
      ? { index: 0, message: { role: 'assistant', content: text }, finish_reason: reply.finishReason }
      : { index: 0, text, finish_reason: reply.finishReason };
  sendJson(response, 200, { ...reply.envelope, choices: [choice], usage: reply.usage });
}

async function streamAnswer(response: ServerResponse, body: JsonObject, form: Form): Promise<void> {
  const reply = compose(body, form);
  const options = body['stream_options'];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (fields: JsonObject): void => {
    response.write(`data: ${JSON.stringify({ ...reply.envelope, ...fields })}\n\n`);
  };
  const choice = (content: string | undefined, finishReason: string | null): JsonObject =>
    form === 'chat'
      ? { index: 0, delta: content === undefined ? {} : { content }, finish_reason: finishReason }
      : { index: 0, text: content ?? '', finish_reason: finishReason };
  if (form === 'chat')
    send({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] });
  for (const word of reply.words) {
    await pause(WORD_EVERY_MS);
    if (response.destroyed) return;
    send({ choices: [choice(word, null)] });
  }
  send({ choices: [choice(undefined, reply.finishReason)] });
  if (isJsonObject(options) && options['include_usage'] === true) send({ choices: [], usage: reply.usage });
  response.end('data: [DONE]\n\n');
}

function compose(body: JsonObject, form: Form) {
  const prompt = form === 'chat' ? body['messages'] : body['prompt'];
  const all = answerWords(prompt);
  const limit = body['max_completion_tokens'] ?? body['max_tokens'];
  const wordsMax = typeof limit === 'number' && limit >= 1 ? Math.floor(limit) : all.length;
  const words = all.slice(0, wordsMax);
  const promptTokens = countTokens(allText(prompt));
  const completionTokens = words.reduce((sum, word) => sum + countTokens(word), 0);
  return {
    words,
    finishReason: words.length < all.length ? 'length' : 'stop',
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
    envelope: {
      id: 'simulated-1',
      object:
        form === 'chat' ? (body['stream'] === true ? 'chat.completion.chunk' : 'chat.completion') : 'text_completion',
      created: 0,
      model: CHAT_MODEL,
      system_fingerprint: 'simulated',
    },
  };
}

function sendEmbeddings(response: ServerResponse, body: JsonObject): void {
  const { input } = body;
  const texts = (Array.isArray(input) ? input : [input]).slice(0, INPUTS_MAX);
  if (!texts.every((text) => typeof text === 'string')) {
    return sendJson(response, 400, refusal('`input` must be a text or a list of texts.'));
  }
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: encodeVector(embed(text), body) }));
  sendJson(response, 200, {
    object: 'list',
    model: EMBEDDING_MODEL,
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** OpenAI's own SDK asks for base64 unless told otherwise. */
function encodeVector(vector: number[], body: JsonObject): number[] | string {
  if (body['encoding_format'] !== 'base64') return vector;
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}

function modelList(): JsonObject {
  return {
    object: 'list',
    data: [CHAT_MODEL, EMBEDDING_MODEL].map((id) => ({ id, object: 'model', created: 0, owned_by: 'simulated' })),
  };
}

function refusal(message: string): JsonObject {
  return { error: { message, type: 'invalid_request_error', param: null, code: null } };
}

async function readJson(request: IncomingMessage): Promise<JsonObject | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  const value = parseJsonOrUndefined(Buffer.concat(chunks).toString());
  return isJsonObject(value) ? value : undefined;
}

function sendJson(response: ServerResponse, status: number, value: JsonObject): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulated provider has no port');
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
