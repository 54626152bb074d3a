import type { JsonObject } from '../../kernel/json.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';

/** What an answer held, which the status does not tell. */
export type AnswerHeld = { readonly hasCall: boolean; readonly hasRefusal: boolean };

/**
 * Why a Response ended. The provider's own word is the reason of an incomplete one, and the status of a complete one:
 * https://platform.openai.com/docs/api-reference/responses/object#responses-object-incomplete_details
 */
export function readFinish(status: string | undefined, response: JsonObject, held: AnswerHeld): FinishReason {
  if (status === 'incomplete') return incompleteReason(response);
  if (status !== undefined && status !== 'completed') return { kind: 'other', raw: status };
  if (held.hasCall) return { kind: 'tool-call', raw: status };
  return { kind: held.hasRefusal ? 'refused' : 'stop', raw: status };
}

function incompleteReason(response: JsonObject): FinishReason {
  const details = response['incomplete_details'];
  const reason = isJsonObject(details) ? details['reason'] : undefined;
  if (typeof reason !== 'string') return { kind: 'other', raw: 'incomplete' };
  switch (reason) {
    case 'max_output_tokens':
      return { kind: 'length', raw: reason };
    case 'content_filter':
      return { kind: 'filtered', raw: reason };
    default:
      return { kind: 'other', raw: reason };
  }
}

/** How a Response ends on the wire: `reason` is `undefined` for a complete one. */
export type WireEnding = { readonly status: 'completed' | 'incomplete'; readonly reason: string | undefined };

const COMPLETED: WireEnding = { status: 'completed', reason: undefined };

/**
 * The reverse. A model that refused says so in a refusal part; where there is none, the caller would take a refused
 * answer for a whole one, so it is told as filtered.
 */
export function writeFinish(reason: FinishReason | undefined, hasRefusal: boolean): WireEnding {
  switch (reason?.kind) {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' };
    case 'filtered':
      return { status: 'incomplete', reason: 'content_filter' };
    case 'refused':
      return hasRefusal ? COMPLETED : { status: 'incomplete', reason: 'content_filter' };
    case 'stop':
    case 'tool-call':
    case 'other':
    case undefined:
      return COMPLETED;
  }
}
