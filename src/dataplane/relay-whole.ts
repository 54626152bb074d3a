import { collectEvents } from '../dialects/collect.ts';
import type { Answering, OutboundFace, PassThroughFace, ReadRequest } from '../dialects/contract.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { ChatEvent, ChatResponse } from '../protocol/chat-events.ts';
import { commonHeaders, headerSafe, type Paid, paidHeader, timingHeaders, trailersOf } from './answer.ts';
import { notExpressible } from './call-in-turn.ts';
import type { StreamDeps } from './caller-stream.ts';
import { SettledError } from './caller-stream.ts';
import { endAnswer } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { guardedEvents } from './guard-answer.ts';
import { guardedCompletion } from './guard-completion.ts';
import { whileWaiting } from './guard-request.ts';
import { judgedEvents } from './judge-answer.ts';
import { chargeOf, type Metered, meterCall } from './meter.ts';
import type { Ending } from './outcome.ts';
import { renamer, shownServed } from './shown-model.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/** Relays an answer that came whole: its bytes as they are, once the records are safe. */
export async function relayWhole(
  exchange: Exchange,
  passed: { readonly answer: UpstreamAnswer; readonly request: ReadRequest; readonly face: PassThroughFace },
  deps: StreamDeps,
): Promise<void> {
  const raw = passed.answer.body();
  const read = reading(deps, () => passed.face.readResponse(raw, exchange.operation));
  exchange.firstByteMs = passed.answer.firstByteAtMs;
  const output = { contentBytes: read.contentCharacters, contentEvents: 1 };
  const { servedModel, finishReason, made } = read;
  const metered = meterCall(exchange, read.usage, { body: passed.request.body, output, made }, deps.meter);
  const ending = successOf(metered, { servedModel, finishReason });
  const guarded = guardedCompletion(exchange);
  const given =
    guarded === undefined
      ? raw
      : await unlessBlocked(() => whileWaiting(exchange, (signal) => guarded.whole(raw, signal)), { ending, deps });
  const body = renamer(exchange)?.(given, servedModel) ?? given;
  exchange.wholeBytes = body.length;
  await deps.settle(ending, read.held);
  const contentType = passed.answer.headers['content-type'];
  sendWhole(exchange, body, { servedModel, metered, contentType: textTypeOf(contentType) });
}

/** Transcriptions come as captions and as plain text, too; whatever else an answer calls itself, it is JSON. */
function textTypeOf(contentType: string | string[] | undefined): string {
  return typeof contentType === 'string' && /^(?:text\/(?:plain|vtt)|application\/x-subrip)\b/.test(contentType)
    ? headerSafe(contentType)
    : 'application/json';
}

export type TranslatedWhole = {
  readonly answer: UpstreamAnswer;
  readonly request: ReadRequest;
  readonly face: OutboundFace;
  readonly answering: Answering;
};

/** Translates a whole answer of a chat. */
export async function translateWhole(exchange: Exchange, translated: TranslatedWhole, deps: StreamDeps): Promise<void> {
  const { answer, face, answering } = translated;
  const events = reading(deps, () => face.decodeResponse(answer.body()));
  const { response: received, losses } = reading(deps, () => collectEvents(events));
  exchange.firstByteMs = answer.firstByteAtMs;
  exchange.addLosses(losses);
  const output = { contentBytes: contentCharacters(received.choices), contentEvents: 1 };
  const metered = meterCall(exchange, received.usage, { body: translated.request.body, output }, deps.meter);
  const { servedModel } = received;
  const reason = received.choices[0]?.reason;
  const ending = successOf(metered, { servedModel, finishReason: reason?.raw ?? reason?.kind });
  const response = await guardedWhole(exchange, { events, received }, { ending, deps });
  const charge = chargeOf(exchange, metered);
  const encoded = exchange.caller.face.encodeResponse(
    { ...response, servedModel: shownServed(exchange, servedModel) },
    metered.usage,
    { ...answering, charge },
  );
  exchange.addLosses(encoded.losses);
  await refuseLosses(exchange, ending, deps);
  const body = Buffer.from(JSON.stringify(encoded.body));
  exchange.wholeBytes = body.length;
  await deps.settle(ending);
  sendWhole(exchange, body, { servedModel, metered });
}

type Booked = { readonly ending: Ending; readonly deps: StreamDeps };

/** The answer as guardrails let it go to the caller. @throws SettledError where they do not */
async function guardedWhole(
  exchange: Exchange,
  answer: { readonly events: readonly ChatEvent[]; readonly received: ChatResponse },
  booked: Booked,
): Promise<ChatResponse> {
  const { guard } = exchange;
  if (guard?.readsAnswer !== true) return answer.received;
  const guarded = await unlessBlocked(async () => {
    const events = guardedEvents(guard, answer.events);
    if (!guard.holdsAnswer) return collectEvents(events);
    return collectEvents(await whileWaiting(exchange, (signal) => judgedEvents(guard, events, signal)));
  }, booked);
  exchange.addLosses(guarded.losses);
  return guarded.response;
}

/** An answer that is blocked goes to nobody; what it cost is booked all the same. */
async function unlessBlocked<T>(read: () => Promise<T>, { ending, deps }: Booked): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    return failBooked(ending, toGatewayError(thrown), deps);
  }
}

/** Translates an answer to a request for embeddings. */
export async function translateEmbeddings(
  exchange: Exchange,
  translated: Omit<TranslatedWhole, 'answering'> & {
    readonly answering: Omit<Answering, 'request'>;
    readonly asked: Parameters<NonNullable<Exchange['caller']['face']['embeddings']>['encodeResponse']>[1];
  },
  deps: StreamDeps,
): Promise<void> {
  const { answer, face, answering } = translated;
  const inbound = exchange.caller.face.embeddings;
  if (inbound === undefined || face.embeddings === undefined) throw new Error('only a way with embeddings is chosen');
  const outbound = face.embeddings;
  const response = reading(deps, () => outbound.decodeResponse(answer.body()));
  exchange.firstByteMs = answer.firstByteAtMs;
  const output = { contentBytes: 0, contentEvents: 0 };
  const metered = meterCall(exchange, response.usage, { body: translated.request.body, output }, deps.meter);
  const booked = { usage: metered.usage, charge: chargeOf(exchange, metered) };
  const shown = { ...response, servedModel: shownServed(exchange, response.servedModel) };
  const encoded = inbound.encodeResponse(shown, translated.asked, { ...answering, ...booked });
  const body = Buffer.from(JSON.stringify(encoded));
  const { servedModel } = response;
  exchange.wholeBytes = body.length;
  await deps.settle(successOf(metered, { servedModel, finishReason: undefined }));
  sendWhole(exchange, body, { servedModel, metered });
}

/** An answer that lost something goes to nobody who refuses losses; what it cost is booked all the same. */
export async function refuseLosses(exchange: Exchange, ending: Ending, deps: StreamDeps): Promise<void> {
  if (!exchange.refusesLosses || exchange.losses.length === 0) return;
  await failBooked(ending, notExpressible(exchange.losses, exchange.deployment), deps);
}

/** Ends a request with an error although its call was answered: what it cost is booked. @throws SettledError always */
export async function failBooked(ending: Ending, error: GatewayError, deps: StreamDeps): Promise<never> {
  await deps.settle({ ...ending, status: 'upstream_error', httpStatus: error.status, error });
  throw new SettledError(error);
}

export function successOf(metered: Metered, said: Pick<Ending, 'servedModel' | 'finishReason'>): Ending {
  return { ...metered, ...said, status: 'success', httpStatus: 200, error: undefined };
}

/** Sends an answer whose records are safe. */
export function sendWhole(
  exchange: Exchange,
  body: Buffer,
  answer: {
    readonly servedModel: string | undefined;
    readonly metered: Paid;
    readonly contentType?: string;
  },
): void {
  exchange.responseBytes = body.length;
  const { servedModel, metered, contentType = 'application/json' } = answer;
  exchange.takeAnswer(body, contentType);
  // A caller that was kept waiting has its head already; the rest of it follows the body.
  if (exchange.response.headersSent) {
    exchange.response.addTrailers(trailersOf(exchange, { losses: exchange.losses, paid: metered }));
    return endAnswer(exchange.response, body);
  }
  const headers = commonHeaders(exchange, contentType);
  headers.push(...timingHeaders(exchange), ...paidHeader(exchange, metered));
  if (servedModel !== undefined && exchange.credit === undefined)
    headers.push('x-hub-served-model', headerSafe(servedModel));
  headers.push('content-length', String(body.length));
  exchange.response.writeHead(200, headers);
  endAnswer(exchange.response, body);
}

/** Reads an answer; a fault that it carries in place of one is told without secrets. */
export function reading<T>({ hideSecrets }: StreamDeps, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw thrown instanceof GatewayError ? hideSecrets(thrown) : thrown;
  }
}

function contentCharacters(choices: ReturnType<typeof collectEvents>['response']['choices']): number {
  let characters = 0;
  for (const { parts } of choices) {
    for (const part of parts) {
      if (part.type === 'tool-call') characters += part.name.length + part.arguments.length;
      else if ('text' in part) characters += part.text.length;
    }
  }
  return characters;
}
