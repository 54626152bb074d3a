import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { closeServer, listenOnLoopback } from '../../../test/support/listen.ts';
import { readJsonBody } from '../../dialects/json-request.ts';
import { openaiChat } from '../../dialects/openai-chat/index.ts';
import { systemClock } from '../../kernel/clock.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { createIdMaker } from '../../kernel/ids.ts';
import type { Loss } from '../../protocol/records.ts';
import type { TransportFault, UpstreamCall } from '../../upstream/ports.ts';
import { answerError } from '../answer.ts';
import { SettledError } from '../caller-stream.ts';
import { Exchange } from '../exchange.ts';
import type { Ending } from '../outcome.ts';
import { relayStream } from '../relay-stream.ts';
import { callerOf } from '../routes.ts';
import { isMessageStream, UpstreamAnswer } from '../upstream-answer.ts';
import { deploymentAt } from './deployment.ts';

/** A provider's stream as it arrives, and what the caller asked for. */
export type Arriving = {
  readonly chunks: readonly Buffer[];
  /** How the provider's connection ends; `undefined` for the end of the body. */
  readonly fault?: TransportFault | undefined;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The chunks come before anybody reads them. */
  readonly early?: boolean;
  readonly settle?: (ending: Ending) => Promise<void>;
  /** What hides secrets in a provider's words; nothing is hidden unless told. */
  readonly hideSecrets?: (fault: GatewayError) => GatewayError;
};

/** What became of it. */
export type Relayed = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** False when the connection broke before the answer was over. */
  readonly complete: boolean;
  readonly trailers: NodeJS.Dict<string>;
  readonly endings: readonly Ending[];
  readonly losses: readonly Loss[];
  readonly upstreamAborted: boolean;
};

const LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };
const CALL: UpstreamCall = {
  origin: 'http://provider.test',
  path: '/v1/chat/completions',
  method: 'POST',
  headers: {},
  body: undefined,
  timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000, totalMs: 1000 },
  maxResponseBytes: 1_000_000,
};

/** A caller and a hub on a real loopback connection, between which streams are relayed one after the other. */
export async function startRelayPair(): Promise<{
  readonly relay: (arriving: Arriving) => Promise<Relayed>;
  /** Relays to a caller that speaks HTTP/1.0; gives all that it reads, head and body. */
  readonly relayOverHttp10: (arriving: Arriving) => Promise<string>;
  readonly close: () => Promise<void>;
}> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((incoming, response) => handle(incoming, response));
  const port = await listenOnLoopback(server, 0);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    relay: async (arriving) => {
      const seen = { endings: [] as Ending[], losses: [] as readonly Loss[], upstreamAborted: false };
      handle = (incoming, response) => relayOne(incoming, response, arriving, seen);
      const asked = request({ port, host: '127.0.0.1', agent, method: 'POST' }).end();
      // The event hands over the one argument that Node documents for it.
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      await new Promise((resolve) => answer.once('close', resolve).on('error', () => undefined));
      return {
        ...seen,
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: Buffer.concat(chunks),
        complete: answer.complete,
        trailers: answer.trailers,
      };
    },
    relayOverHttp10: async (arriving) => {
      const seen = { endings: [] as Ending[], losses: [] as readonly Loss[], upstreamAborted: false };
      handle = (incoming, response) => relayOne(incoming, response, arriving, seen);
      const socket = connect(port, '127.0.0.1');
      socket.write('POST / HTTP/1.0\r\ncontent-length: 0\r\n\r\n');
      return text(socket);
    },
    close: async () => {
      agent.destroy();
      await closeServer(server);
    },
  };
}

type Seen = { endings: Ending[]; losses: readonly Loss[]; upstreamAborted: boolean };

function relayOne(incoming: IncomingMessage, response: ServerResponse, arriving: Arriving, seen: Seen): void {
  const newId = createIdMaker(systemClock.now);
  const exchange = new Exchange({
    request: incoming,
    response,
    operation: 'chat',
    caller: callerOf('openai-chat'),
    clock: systemClock,
    newId,
    clientAddress: undefined,
  });
  exchange.deployment = deploymentAt('http://provider.test', 'routed-model');
  seen.losses = exchange.losses;
  const body = { model: 'asked-model', stream: true, messages: [], ...arriving.body };
  const raw = Buffer.from(JSON.stringify(body));
  const { inbound, passThrough: face } = openaiChat;
  if (inbound === undefined || face === undefined) throw new Error('the dialect lost a face');
  const json = readJsonBody(raw, LIMITS);
  const asked = { ...inbound.readHead(json.body, 'chat', undefined), ...json, raw };
  const answer = new UpstreamAnswer({ streams: isMessageStream, nowMs: () => exchange.elapsedMs() });
  answer.ready.catch(() => undefined);
  answer.send(
    () => ({ pause: () => undefined, resume: () => undefined, abort: () => void (seen.upstreamAborted = true) }),
    CALL,
  );
  answer.onHeaders(200, { 'content-type': 'text/event-stream' });
  const feed = (): void => {
    for (const chunk of arriving.chunks) if (!seen.upstreamAborted) answer.onData(chunk);
    if (seen.upstreamAborted) return;
    if (arriving.fault === undefined) answer.onEnd();
    else answer.onFault(arriving.fault);
  };
  if (arriving.early === true) feed();
  const settle = async (ending: Ending): Promise<void> => {
    seen.endings.push(ending);
    await arriving.settle?.(ending);
  };
  const meter = {
    cardOf: () => undefined,
    shownCardOf: () => undefined,
    isPaidWithCredit: () => false,
    noteAnomalies: () => undefined,
  };
  const { hideSecrets = (fault: GatewayError) => fault } = arriving;
  relayStream(
    exchange,
    { answer, request: asked, face },
    { meter, settle, hideSecrets, takeRoom: () => undefined },
  ).catch((error: unknown) => {
    if (response.headersSent || response.destroyed) response.destroy();
    else answerError(exchange, error instanceof SettledError ? error.error : new GatewayError('internal.bug'));
  });
  if (arriving.early !== true) feed();
}
