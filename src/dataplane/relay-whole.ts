import type { DecodedRequest } from '../dialects/openai-chat/decode-request.ts';
import { type DecodedResponse, decodeResponse } from '../dialects/openai-chat/decode-response.ts';
import { GatewayError } from '../kernel/errors.ts';
import { commonHeaders, costHeader, headerSafe, timingHeaders } from './answer.ts';
import { endAnswer } from './end-answer.ts';
import type { Exchange } from './exchange.ts';
import { meterCall } from './meter.ts';
import type { Ending } from './outcome.ts';
import type { MeterPort } from './ports.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

export type WholeDeps = {
  readonly meter: MeterPort;
  /** Takes secrets out of what a provider says went wrong in an answer that should be a success. */
  readonly hideSecrets: (fault: GatewayError) => GatewayError;
  /** Makes the records durable; the answer is released only then. */
  readonly settle: (ending: Ending) => Promise<void>;
};

/** Relays an answer that came whole: its bytes as they are, once the records are safe. */
export async function relayWhole(
  exchange: Exchange,
  answer: UpstreamAnswer,
  decoded: DecodedRequest,
  deps: WholeDeps,
): Promise<void> {
  const body = answer.body();
  const response = readAnswer(body, exchange, deps);
  exchange.firstByteMs = answer.firstByteAtMs;
  exchange.responseBytes = body.length;
  const metered = meterCall(
    exchange,
    response.usage,
    { decoded, output: { contentBytes: response.contentCharacters, contentEvents: 1 } },
    deps.meter,
  );
  await deps.settle({
    ...metered,
    status: 'success',
    httpStatus: 200,
    error: undefined,
    servedModel: response.servedModel,
    finishReason: response.finishReason,
  });
  const headers = commonHeaders(exchange, 'application/json');
  headers.push(...timingHeaders(exchange), 'x-hub-cost', costHeader(metered.costNano));
  if (response.servedModel !== undefined) headers.push('x-hub-served-model', headerSafe(response.servedModel));
  headers.push('content-length', String(body.length));
  exchange.response.writeHead(200, headers);
  endAnswer(exchange.response, body);
}

function readAnswer(body: Buffer, { operation }: Exchange, { hideSecrets }: WholeDeps): DecodedResponse {
  try {
    return decodeResponse(body, operation);
  } catch (thrown) {
    throw thrown instanceof GatewayError ? hideSecrets(thrown) : thrown;
  }
}
