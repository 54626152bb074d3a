import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import { topLevelSpans } from '../../kernel/json-spans.ts';
import type { Operation } from '../../protocol/operation.ts';
import type { ReadAnswer } from '../contract.ts';
import { parseAnswer } from './answer-reader.ts';
import { faultOfEvent } from './decode-fault.ts';
import { readOpenAiUsage } from './usage.ts';

const ANSWER_LIMITS = { depthMax: 64, keysPerObjectMax: 10_000 };

/**
 * What the records need of an answer that came with a status of success; its bytes go to the caller as they came.
 * @throws GatewayError `upstream.invalid_answer` where it is not a JSON object, or the fault that it carries
 */
export function readAnswer(body: Buffer, operation: Operation): ReadAnswer {
  // Vectors make an embeddings answer long; only its two short fields matter.
  const answer = operation === 'embeddings' ? pickFields(body, ['usage', 'model', 'error']) : parseAnswer(body);
  const fault = faultOfEvent(answer);
  if (fault !== undefined) throw fault;
  const choices = Array.isArray(answer['choices']) ? answer['choices'] : [];
  const first = choices.find(isJsonObject);
  return {
    usage: readOpenAiUsage(answer['usage'], operation),
    servedModel: typeof answer['model'] === 'string' ? answer['model'] : undefined,
    finishReason: typeof first?.['finish_reason'] === 'string' ? first['finish_reason'] : undefined,
    contentCharacters: isJsonObject(answer['usage']) ? 0 : JSON.stringify(choices).length,
    held: choices.flatMap((choice) => (isJsonObject(choice) ? heldBy(choice['message']) : [])),
  };
}

/** The sound of an answer is kept by its provider, and referred to on the next turn by its id. */
export function heldBy(message: JsonValue | undefined): readonly string[] {
  const audio = isJsonObject(message) ? message['audio'] : undefined;
  return isJsonObject(audio) && typeof audio['id'] === 'string' ? [audio['id']] : [];
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
