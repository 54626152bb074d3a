import { createHash } from 'node:crypto';
import { boundaryOf } from '../dialects/multipart.ts';
import { CALL_ANSWER_BYTES_MAX, type CallAnswer, type CallClaim, type CallsOnce } from '../identity/calls-once.ts';
import { IDEMPOTENCY_HEADER, readIdempotencyKey } from '../identity/idempotency.ts';
import { endAnswer } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { OnceAnswer } from './once-answer.ts';
import type { Ending } from './outcome.ts';

const FIRST_ERROR_STATUS = 400;

/** Calls that are made once, as far as requests need it. `finish` and `free` never reject: whoever asked is answered. */
export type OncePort = Pick<CallsOnce, 'begin' | 'finish' | 'free'> & {
  /** @throws GatewayError `hub.store_unavailable` where the claim may be somebody else's by now */
  readonly assertHeld: (claim: CallClaim) => void;
};

export type OnceDeps = {
  readonly port: OncePort;
  readonly takeRoom: (bytes: number) => boolean;
  /** How the request ended; `undefined` where it has not. */
  readonly endingOf: () => Ending | undefined;
};

/** A request that is made once, on its way. */
export type CallOnce = {
  /** To be asked just before a call leaves. @throws GatewayError where it must not */
  readonly assertMayCall: () => void;
  /** Waits until what became of the call is kept. */
  readonly conclude: () => Promise<void>;
};

/** The request was answered with what an earlier one was: nothing is left to be done for it. */
export class ReplayedCall extends Error {
  override readonly name = 'ReplayedCall';
}

/**
 * Claims a request that came with a key, before anything is done for it, or answers it as the first one was answered. One
 * without a key costs a look at its headers.
 * @throws ReplayedCall, or GatewayError a `request.idempotency_*` code
 */
export async function beginOnce(
  exchange: Exchange,
  body: Buffer,
  { port, takeRoom, endingOf }: OnceDeps,
): Promise<void> {
  const { request, principal, recordId } = exchange;
  const given = request.headers[IDEMPOTENCY_HEADER];
  if (given === undefined || request.method !== 'POST') return;
  if (principal === undefined) throw new Error('only an authenticated call is made once');
  const { organizationId, projectId, keyId } = principal;
  const idempotencyKey = readIdempotencyKey(given);
  const content = contentOf(exchange, body);
  const begun = await port.begin({ organizationId, projectId, keyId, idempotencyKey, content, recordId });
  if (begun.kind === 'answered') {
    replay(exchange, begun.answer);
    throw new ReplayedCall();
  }
  const { claim } = begun;
  const answer = new OnceAnswer(exchange.response, {
    bytesMax: CALL_ANSWER_BYTES_MAX,
    takeRoom,
    settle: (end) => (usedNothing(endingOf()) ? port.free(claim) : port.finish(claim, end)),
  });
  exchange.answerTo(answer);
  exchange.once = { assertMayCall: () => port.assertHeld(claim), conclude: () => answer.conclude() };
}

/** A failure that used nothing is no reason to refuse the next try; one that may be billed must not happen twice. */
function usedNothing(ending: Ending | undefined): boolean {
  return ending === undefined || (ending.status !== 'success' && ending.usageBasis === undefined);
}

/** What makes two calls the same: the address, the headers that change the answer, and every byte of the body. */
function contentOf(exchange: Exchange, body: Buffer): string {
  const contentType = exchange.header('content-type');
  const boundary = boundaryOf(contentType);
  const type = boundary === undefined ? contentType : 'multipart/form-data';
  const hash = createHash('sha256');
  hash.update(JSON.stringify([exchange.request.url, exchange.header('accept'), type, exchange.refusesLosses]));
  // The boundary of a form is drawn anew each time that it is sent.
  if (boundary === undefined) hash.update(body);
  else hashBetween(hash, body, Buffer.from(boundary));
  return hash.digest('base64');
}

/** Hashes each part between the boundaries, with its length, so that no other parts come to the same. */
function hashBetween(hash: ReturnType<typeof createHash>, body: Buffer, boundary: Buffer): void {
  let from = 0;
  while (from <= body.length) {
    const found = body.indexOf(boundary, from);
    const part = body.subarray(from, found === -1 ? body.length : found);
    hash.update(`${part.length} `).update(part);
    if (found === -1) return;
    from = found + boundary.length;
  }
}

/** Gives the first answer again: with its request id, by which its record is found, and the one charge that there was. */
function replay({ response }: Exchange, { status, headers, body }: CallAnswer): void {
  const isFinal = status >= FIRST_ERROR_STATUS && !headers.includes('x-should-retry');
  response.writeHead(status, [
    ...headers,
    'idempotency-replayed',
    'true',
    // The same key gets the same error.
    ...(isFinal ? ['x-should-retry', 'false'] : []),
    'content-length',
    String(body.length),
  ]);
  endAnswer(response, body);
}
