import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { closeServer, listenOnLoopback } from './listen.ts';

/** What the service was asked once. */
export type GuardQuestion = { readonly headers: IncomingHttpHeaders; readonly body: JsonObject };

/** How it answers: what it says, other bytes with a status, or never. */
export type GuardReply =
  | JsonObject
  | { readonly status: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  | 'never';

export type GuardService = {
  readonly url: string;
  /** `host:port`. */
  readonly host: string;
  readonly asked: readonly GuardQuestion[];
  /** How many who asked have hung up before they were answered. */
  readonly left: () => number;
  readonly setReply: (reply: (question: GuardQuestion) => GuardReply) => void;
  readonly clear: () => void;
  readonly close: () => Promise<void>;
};

const PASS: JsonObject = { action: 'pass' };

/** A service on loopback that guardrails ask. */
export async function startGuardService(): Promise<GuardService> {
  const asked: GuardQuestion[] = [];
  let left = 0;
  let replyOf: (question: GuardQuestion) => GuardReply = () => PASS;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    response.on('close', () => {
      if (!response.writableEnded) left += 1;
    });
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = parseJsonOrUndefined(Buffer.concat(chunks).toString());
      const question = { headers: request.headers, body: isJsonObject(body) ? body : {} };
      asked.push(question);
      answer(response, replyOf(question));
    });
  });
  const host = `127.0.0.1:${await listenOnLoopback(server, 0)}`;
  return {
    url: `http://${host}/guard?tenant=1`,
    host,
    asked,
    left: () => left,
    setReply: (reply) => {
      replyOf = reply;
    },
    clear: () => {
      asked.length = 0;
      left = 0;
      replyOf = () => PASS;
    },
    close: () => closeServer(server),
  };
}

function answer(response: ServerResponse, reply: GuardReply): void {
  if (reply === 'never') return;
  if (typeof reply['status'] !== 'number') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(reply));
    return;
  }
  const { status, text, headers } = reply as Extract<GuardReply, { readonly status: number }>;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
