import { isDeepStrictEqual } from 'node:util';
import { type NanoCredits, type NanoUsd, NO_CREDITS } from '../kernel/money.ts';
import type { BrokenStreamCharge, BrokenStreamPolicy } from '../protocol/broken-streams.ts';
import type { Operation } from '../protocol/operation.ts';
import { NO_USAGE, type Usage, type UsageBasis } from '../protocol/usage.ts';
import type { ChargedCall } from './charge.ts';
import { isCountedInTokens } from './complete-usage.ts';
import { type PriceTerms, priceCall } from './price-call.ts';

/** What a call was agreed to be paid by, whatever becomes of it. */
export type CallTerms = PriceTerms & { readonly brokenStreams: BrokenStreamPolicy };

/** A call that is over. */
export type UsedCall = {
  /** What it used, as far as that is known. */
  readonly call: ChargedCall;
  readonly usageBasis: UsageBasis;
  readonly operation: Operation;
  /** Of an answer that broke off: what of it reached the caller, in estimated tokens; `undefined` where it was complete. */
  readonly deliveredTokens: number | undefined;
};

/** What an account is charged for a call, and what the operator. */
export type Settlement = {
  readonly costNano: NanoUsd | undefined;
  readonly priceNano: NanoCredits;
  /** What the price is for: less than was used where the policy says so. */
  readonly charged: ChargedCall;
  readonly usageBasis: UsageBasis;
  /** `undefined`: the answer was complete. */
  readonly broken: BrokenStreamCharge | undefined;
};

/**
 * The charge of a call that is over. It follows from the terms that were agreed and from what stands on the call's record,
 * so that it is the same whether the process that made the call works it out or another after its death.
 */
export function settleCall(terms: CallTerms, used: UsedCall): Settlement {
  const { call, usageBasis, deliveredTokens } = used;
  const { costNano, priceNano } = priceCall(terms, call);
  const whole = { costNano, priceNano, charged: call, usageBasis, broken: undefined };
  if (deliveredTokens === undefined) return whole;
  const policy = terms.brokenStreams;
  if (isWaived(policy, deliveredTokens)) {
    const charged = { ...call, usage: NO_USAGE };
    return { ...whole, priceNano: NO_CREDITS, charged, broken: { policy, isWaived: true } };
  }
  const broken = { policy, isWaived: false };
  if (policy !== 'bill-received') return { ...whole, broken };
  const usage = receivedOf(used, deliveredTokens);
  if (isDeepStrictEqual(usage, call.usage)) return { ...whole, broken };
  const charged = { ...call, usage };
  return { costNano, priceNano: priceCall(terms, charged).priceNano, charged, usageBasis: 'estimated', broken };
}

/** Whether nothing is charged for an answer of which so much reached the caller; `undefined`: it was complete. */
export function isWaived(policy: BrokenStreamPolicy, deliveredTokens: number | undefined): boolean {
  return policy === 'waive-if-nothing-delivered' && deliveredTokens === 0;
}

/** What went in, and what came out as far as it reached the caller: reasoning that was kept back is not among it. */
function receivedOf({ call: { usage }, operation }: UsedCall, deliveredTokens: number): Usage {
  if (deliveredTokens === 0) return withoutOutput(usage, operation);
  // Of a picture or a sound a part cannot be told.
  if (!isCountedInTokens(operation)) return usage;
  const audioOutputTokens = atMost(usage.audioOutputTokens, deliveredTokens);
  const words = deliveredTokens - (audioOutputTokens ?? 0);
  const imageOutputTokens = atMost(usage.imageOutputTokens, words);
  const outputTokens = words - (imageOutputTokens ?? 0);
  return { ...usage, outputTokens, reasoningTokens: undefined, audioOutputTokens, imageOutputTokens };
}

function withoutOutput(usage: Usage, operation: Operation): Usage {
  return {
    ...usage,
    outputTokens: atMost(usage.outputTokens, 0),
    reasoningTokens: atMost(usage.reasoningTokens, 0),
    audioOutputTokens: atMost(usage.audioOutputTokens, 0),
    imageOutputTokens: atMost(usage.imageOutputTokens, 0),
    images: atMost(usage.images, 0),
    // Of sound they are what went in.
    seconds: operation === 'videos' ? atMost(usage.seconds, 0) : usage.seconds,
  };
}

function atMost(count: number | undefined, most: number): number | undefined {
  return count === undefined ? undefined : Math.min(count, most);
}
