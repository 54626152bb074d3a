import { toGatewayError } from '../../kernel/errors.ts';
import type { Principal } from '../../protocol/principal.ts';
import type { ModelAccess } from '../../routing/resolve.ts';
import { answerError, commonHeaders, timingHeaders } from '../answer.ts';
import { SettledError } from '../caller-stream.ts';
import { endAnswer } from '../end-answer.ts';
import type { Exchange } from '../exchange.ts';
import type { ServeDeps } from '../serve-request.ts';
import { renamer } from '../shown-model.ts';

/**
 * The frame of a request that asks after something that was made and booked before: who calls comes first, it is counted,
 * and it leaves no record, because it uses nothing.
 */
export async function serveFollowUp(
  exchange: Exchange,
  deps: Pick<ServeDeps, 'authenticate' | 'onEnd'>,
  serve: (asking: { readonly principal: Principal; readonly access: ModelAccess }) => Promise<void>,
): Promise<void> {
  let error: ReturnType<typeof toGatewayError> | undefined;
  try {
    const { principal, access } = deps.authenticate(exchange);
    exchange.principal = principal;
    exchange.access = access;
    exchange.refusesLosses = principal.refusesLosses || exchange.header('x-hub-strict') === '1';
    await serve({ principal, access });
  } catch (thrown) {
    const { response, stopped } = exchange;
    error = thrown instanceof SettledError ? thrown.error : (stopped ?? toGatewayError(thrown));
    if (response.destroyed || response.headersSent) response.destroy();
    else answerError(exchange, error);
  } finally {
    exchange.onStop(undefined);
    deps.onEnd(exchange, undefined, error);
  }
}

/** Answers with JSON that costs nothing. */
export function sendJson(exchange: Exchange, told: Buffer): void {
  const body = renamer(exchange)?.(told, undefined) ?? told;
  const headers = [...commonHeaders(exchange, 'application/json'), ...timingHeaders(exchange)];
  headers.push('content-length', String(body.length));
  exchange.content?.takeAnswer(body, 'application/json');
  exchange.responseBytes = body.length;
  exchange.response.writeHead(200, headers);
  endAnswer(exchange.response, body);
}
