import { IDEMPOTENCY_HEADER } from '../../identity/idempotency.ts';
import { commonHeaders, trailerNames } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import { Patience } from './patience.ts';
import { requestIdentity, type SharedAnswers } from './shared-answers.ts';

/** What a caller that repeats its requests is spared. */
export type WaitingPorts = {
  readonly shared: SharedAnswers;
  readonly every: (intervalMs: number, tick: () => void) => () => void;
};

/** The request joined one that runs already: nothing is left to be done for it. */
export class JoinedRunningCall extends Error {
  override readonly name = 'JoinedRunningCall';
}

/**
 * Takes care of a caller whose client sends a request again when nothing comes for a while: a repeat joins the first, and
 * whoever waits long gets a sign of life. To be called once the body is known, before anything is done.
 * @throws JoinedRunningCall
 */
export function awaitPatiently(exchange: Exchange, body: Buffer, { shared, every }: WaitingPorts): void {
  const { request, principal } = exchange;
  if (principal === undefined) throw new Error('only an authenticated call is shared');
  const identity = requestIdentity({
    keyId: principal.keyId,
    clientId: exchange.header('x-aigne-hub-client-did'),
    path: request.url ?? '',
    accept: exchange.header('accept'),
    refusesLosses: exchange.refusesLosses,
    idempotencyKey: exchange.header(IDEMPOTENCY_HEADER),
    body,
  });
  const joined = shared.join(identity, exchange.response);
  if (joined === 'joined') throw new JoinedRunningCall();
  if (joined !== undefined) exchange.answerTo(joined.begun);
  exchange.patience = new Patience(() => exchange.streamed, {
    every,
    sendHead: () => {
      const { response } = exchange;
      const type = exchange.streamed ? 'text/event-stream; charset=utf-8' : 'application/json';
      const trailer = response.useChunkedEncodingByDefault ? ['trailer', trailerNames(exchange)] : [];
      response.writeHead(200, [...commonHeaders(exchange, type), 'x-accel-buffering', 'no', ...trailer]);
    },
    send: (text) => void exchange.response.write(text),
    answerBytes: () => exchange.responseBytes,
  });
}
