/**
 * What an organization pays for an answer that breaks off. `bill-provider-usage`: what its provider has reported, and what
 * arrived where it has not; `bill-received`: what arrived, whatever its provider reports; `waive-if-nothing-delivered`: as
 * the first, but nothing where nothing of the answer reached the caller.
 */
export const BROKEN_STREAM_POLICIES = ['bill-provider-usage', 'bill-received', 'waive-if-nothing-delivered'] as const;
export type BrokenStreamPolicy = (typeof BROKEN_STREAM_POLICIES)[number];

/** Where nothing else was set, and for calls whose terms name none. */
export const DEFAULT_BROKEN_STREAM_POLICY: BrokenStreamPolicy = 'bill-provider-usage';

export function isBrokenStreamPolicy(word: unknown): word is BrokenStreamPolicy {
  return BROKEN_STREAM_POLICIES.some((policy) => policy === word);
}

/** By which policy an answer was charged that broke off, and whether that has waived it. */
export type BrokenStreamCharge = { readonly policy: BrokenStreamPolicy; readonly isWaived: boolean };
