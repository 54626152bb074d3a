import type { ToldCharge } from '../dialects/contract.ts';
import type { JsonObject } from '../kernel/json.ts';
import { type NanoCredits, type NanoUsd, NO_CREDITS } from '../kernel/money.ts';
import { type ChargedCall, charge } from '../metering/charge.ts';
import { completeUsage } from '../metering/complete-usage.ts';
import { isCountedAsTold } from '../metering/count-made.ts';
import { estimateInputTokens, estimateOutputTokens } from '../metering/estimate.ts';
import { settleCall, type UsedCall } from '../metering/settle-call.ts';
import type { MadeAs } from '../protocol/media.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { ReadUsage, Usage, UsageBasis } from '../protocol/usage.ts';
import type { Exchange } from './exchange.ts';
import type { Charged } from './outcome.ts';
import type { MeterPort } from './ports.ts';

export type Metered = {
  readonly usage: Usage;
  readonly usageBasis: UsageBasis;
  readonly made?: MadeAs | undefined;
  readonly deliveredTokens?: number | undefined;
  readonly costNano: NanoUsd | undefined;
  /** The card that the cost was rated with; `undefined` where no price is known. */
  readonly rateCard: RateCard | undefined;
  /** What its accounts pay; `undefined` where nobody is charged. */
  readonly priceNano: NanoCredits | undefined;
  readonly charged?: Charged | undefined;
};

/** What of an answer reached the hub, for an estimate where the provider does not say what was used. */
export type OutputSize = { readonly contentBytes: number; readonly contentEvents: number };

/**
 * What a call used and cost: by the provider's own numbers where it sent them, else by an estimate that is marked as
 * one. Numbers that cannot be (negative, not whole, …) are dropped, counted and estimated.
 */
export function meterCall(
  exchange: Exchange,
  read: ReadUsage,
  fallback: {
    readonly body: JsonObject;
    readonly output: OutputSize;
    readonly made?: MadeAs | undefined;
    /** Whether the answer ended before it was complete: what its provider told on the way may not be all. */
    readonly isBrokenOff?: boolean;
  },
  meter: MeterPort,
): Metered {
  const { usage, anomalies } = read;
  if (anomalies.length > 0) meter.noteAnomalies(anomalies);
  const complete = completeUsage(usage, exchange.operation, {
    estimate: () => ({
      inputTokens: estimateInputTokens(fallback.body, exchange.operation),
      outputTokens: estimateOutputTokens(fallback.output),
    }),
    isBrokenOff: fallback.isBrokenOff ?? false,
  });
  const told: ChargedCall = { usage: complete.usage, at: exchange.startedAt, ...fallback.made };
  const call = exchange.credit?.count(told, fallback.output.contentEvents > 0) ?? told;
  const { imageSize, imageQuality } = call;
  const usageBasis = call === told ? (read.basis ?? complete.basis) : basisOf(call, told, read.basis);
  const deliveredTokens = fallback.isBrokenOff === true ? estimateOutputTokens(fallback.output) : undefined;
  return {
    usage: call.usage,
    usageBasis,
    made: { imageSize, imageQuality },
    deliveredTokens,
    ...priceOf(exchange, { call, usageBasis, deliveredTokens, operation: exchange.operation }, meter),
  };
}

/** What the caller is told of what the call takes; nothing where nobody is charged, or the caller is nobody's. */
export function chargeOf(
  { credit, caller }: Pick<Exchange, 'credit' | 'caller'>,
  { priceNano }: Pick<Metered, 'priceNano'>,
): ToldCharge | undefined {
  if (credit === undefined || priceNano === undefined || caller.tells !== undefined) return undefined;
  return credit.told(priceNano);
}

/** What the hub has counted itself is an estimate; what was told already is not. */
function basisOf(call: ChargedCall, told: ChargedCall, basis: ReadUsage['basis']): UsageBasis {
  return isCountedAsTold(call, told) ? (basis ?? 'reported') : 'estimated';
}

/** What is paid for by credit is rated by the terms that were agreed when the credit was held. */
function priceOf(
  { credit, deployment, startedAt }: Exchange,
  used: UsedCall,
  meter: MeterPort,
): Pick<Metered, 'costNano' | 'rateCard' | 'priceNano' | 'charged'> {
  const terms = credit?.terms;
  if (terms !== undefined) {
    const { costNano, priceNano, usageBasis, broken } = settleCall(terms, used);
    return { costNano, rateCard: terms.cost.card, priceNano, charged: { usageBasis, broken } };
  }
  const card = deployment === undefined ? undefined : meter.cardOf(deployment, startedAt);
  const costNano = card === undefined ? undefined : charge(card, used.call).costNano;
  // Where calls are paid for, one for which nothing was held is free.
  return { costNano, rateCard: card?.card, priceNano: credit === undefined ? undefined : NO_CREDITS };
}
