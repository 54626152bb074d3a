import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { topLevelSpans } from '../../kernel/json-spans.ts';
import type { Operation } from '../../protocol/operation.ts';
import { faultOfEvent } from './decode-fault.ts';

/** What the hub reads of a whole answer; the bytes go to the caller as they came. */
export type DecodedResponse = {
  readonly usage: JsonValue | undefined;
  readonly servedModel: string | undefined;
  readonly finishReason: string | undefined;
  /** Characters of text that the answer holds; for an estimate where no usage came. */
  readonly contentCharacters: number;
};

const ANSWER_LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

/**
 * Reads an answer that came with a status of success.
 * @throws GatewayError `upstream.invalid_answer` where it is not a JSON object, or the fault that it carries
 */
export function decodeResponse(body: Buffer, operation: Operation): DecodedResponse {
  // Vectors make an embeddings answer long; only its two short fields matter.
  const answer = operation === 'embeddings' ? pickFields(body, ['usage', 'model', 'error']) : parseAnswer(body);
  const fault = faultOfEvent(answer);
  if (fault !== undefined) throw fault;
  const choices = Array.isArray(answer['choices']) ? answer['choices'] : [];
  const first = choices.find(isJsonObject);
  return {
    usage: answer['usage'],
    servedModel: typeof answer['model'] === 'string' ? answer['model'] : undefined,
    finishReason: typeof first?.['finish_reason'] === 'string' ? first['finish_reason'] : undefined,
    contentCharacters: isJsonObject(answer['usage']) ? 0 : JSON.stringify(choices).length,
  };
}

function parseAnswer(body: Buffer): JsonObject {
  const answer = parseJsonOrUndefined(body.toString());
  if (!isJsonObject(answer)) throw new GatewayError('upstream.invalid_answer');
  return answer;
}

function pickFields(body: Buffer, fields: readonly string[]): JsonObject {
  let spans: ReturnType<typeof topLevelSpans>;
  try {
    spans = topLevelSpans(body.toString('latin1'), ANSWER_LIMITS);
  } catch (cause) {
    throw new GatewayError('upstream.invalid_answer', { cause });
  }
  if (spans.size === 0) throw new GatewayError('upstream.invalid_answer');
  const answer: JsonObject = {};
  for (const field of fields) {
    const span = spans.get(field);
    if (span !== undefined) answer[field] = parseJsonOrUndefined(body.toString('utf8', span.start, span.end));
  }
  return answer;
}
