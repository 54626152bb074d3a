import type { JsonObject } from '../../kernel/json.ts';
import type { FinishReason } from '../../protocol/chat-events.ts';
import type { Answering } from '../contract.ts';
import type { Losses } from '../losses.ts';
import { encodeFinish } from './finish.ts';

/** What a whole answer and the frame of a stream have in common: https://docs.anthropic.com/en/api/messages#response-id */

const ID_PREFIX = 'msg';
const SERVICE_TIERS: ReadonlySet<string> = new Set(['standard', 'priority', 'batch']);

/** The head of a message: an id of its own form, and the model as the caller asked for it. */
export function encodeHead(id: string | undefined, answering: Answering): JsonObject {
  return {
    id: id?.startsWith(`${ID_PREFIX}_`) === true ? id : answering.newId(ID_PREFIX),
    type: 'message',
    role: 'assistant',
    model: answering.model,
  };
}

/** How an answer ended, in the fields that tell it. */
export function encodeEnd(
  reason: FinishReason,
  said: { readonly hasCall: boolean; readonly refusal: string },
  losses: Losses,
): JsonObject {
  const { stopReason, isExact } = said.refusal === '' ? encodeFinish(reason, said.hasCall) : REFUSED;
  if (!isExact) losses.add('finishReason', `Anthropic has no word for \`${reason.raw ?? 'other'}\``);
  const isRefusal = stopReason === 'refusal';
  return {
    stop_reason: stopReason,
    stop_sequence: reason.stopSequence ?? null,
    stop_details: isRefusal
      ? { type: 'refusal', category: null, explanation: said.refusal === '' ? null : said.refusal }
      : null,
  };
}

const REFUSED = { stopReason: 'refusal', isExact: true };

/** The tier in which the answer was served, where it is one of Anthropic's. */
export function encodeTier(serviceTier: string | undefined): JsonObject {
  return { service_tier: serviceTier !== undefined && SERVICE_TIERS.has(serviceTier) ? serviceTier : null };
}
