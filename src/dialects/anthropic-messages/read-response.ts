import { isJsonObject, type JsonValue } from '../../kernel/json.ts';
import type { Operation } from '../../protocol/operation.ts';
import { NO_USAGE, type ReadUsage } from '../../protocol/usage.ts';
import type { ReadAnswer } from '../contract.ts';
import { parseAnswer } from './decode-response.ts';
import { HeldIds } from './held-ids.ts';
import { readUsage } from './usage.ts';

/** To count tokens costs nothing: https://docs.anthropic.com/en/docs/build-with-claude/token-counting#pricing */
const NOTHING_USED: ReadUsage = { usage: { ...NO_USAGE, inputTokens: 0, outputTokens: 0 }, anomalies: [] };

/**
 * What the records need of a whole answer.
 * @throws GatewayError `upstream.invalid_answer`, or the fault that it carries
 */
export function readResponse(body: Buffer, operation: Operation): ReadAnswer {
  const answer = parseAnswer(body);
  if (operation === 'count-tokens') {
    return { usage: NOTHING_USED, servedModel: undefined, finishReason: undefined, contentCharacters: 0, held: [] };
  }
  const { content, model, stop_reason: stopReason, usage } = answer;
  const held = new HeldIds();
  held.addContainer(answer);
  held.addFiles(content);
  return {
    usage: readUsage(usage),
    servedModel: textOf(model),
    finishReason: textOf(stopReason),
    contentCharacters: isJsonObject(usage) || content === undefined ? 0 : JSON.stringify(content).length,
    held: held.list,
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
