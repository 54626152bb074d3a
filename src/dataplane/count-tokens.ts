import type { ReadRequest } from '../dialects/contract.ts';
import { estimateInputTokens } from '../metering/estimate.ts';
import type { Routed } from '../routing/turns.ts';
import { commonHeaders, timingHeaders } from './answer.ts';
import type { StreamDeps } from './caller-stream.ts';
import { endAnswer } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { freeEnding } from './outcome.ts';

/** Whether tokens are to be counted and no deployment counts them itself for who asks in the caller's words. */
export function isCountedHere({ operation, caller }: Exchange, { tiers }: Routed): boolean {
  if (operation !== 'count-tokens') return false;
  return !tiers.some((tier) =>
    tier.some(({ deployment }) =>
      deployment.endpoints.get('count-tokens')?.some(({ dialect }) => dialect === caller.dialect),
    ),
  );
}

/** Answers with the hub's own estimate, and says in a header that it is one. Nothing is used, so nothing is booked. */
export async function answerTokenCount(
  exchange: Exchange,
  request: ReadRequest,
  { settle }: Pick<StreamDeps, 'settle'>,
): Promise<void> {
  const { encodeTokenCount } = exchange.caller.face;
  if (encodeTokenCount === undefined) throw new Error('only a dialect that asks for a number of tokens is told one');
  const body = Buffer.from(JSON.stringify(encodeTokenCount(estimateInputTokens(request.body, 'count-tokens'))));
  exchange.responseBytes = body.length;
  await settle(freeEnding('success'));
  const headers = [...commonHeaders(exchange, 'application/json'), ...timingHeaders(exchange)];
  headers.push('x-hub-usage-basis', 'estimated', 'content-length', String(body.length));
  exchange.content?.takeAnswer(body, 'application/json');
  exchange.response.writeHead(200, headers);
  endAnswer(exchange.response, body);
}
