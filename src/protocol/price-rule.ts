import type { Price } from './rate-card.ts';

/** Whom and what a rule is about; `undefined` is everybody, every provider, every model. A model is one of a provider. */
export type PriceScope = {
  readonly customerGroupId: string | undefined;
  readonly providerId: string | undefined;
  /** The provider's own id of the model. */
  readonly model: string | undefined;
};

/** `list`: nano-credits for a million units. `none`: from then on there is no rule of this scope. */
export type RulePrice =
  | { readonly kind: 'margin'; readonly marginMillionths: number }
  | { readonly kind: 'list'; readonly prices: readonly Price[] }
  | { readonly kind: 'none' };

/** What an operator wants calls to cost whoever pays for them. */
export type NewPriceRule = PriceScope & {
  readonly price: RulePrice;
  /** Waives that no price is below what the provider bills. */
  readonly isBelowCostAllowed: boolean;
};

/** A version of a rule; it is never edited, only followed by the next one of its scope. */
export type PriceRule = NewPriceRule & {
  readonly id: string;
  /** From 1, within the scope. */
  readonly version: number;
  /** Milliseconds since the epoch, as all times here. */
  readonly effectiveFrom: number;
  readonly createdAt: number;
  /** Who made it; `undefined`: the installation's own token. */
  readonly actorId: string | undefined;
  readonly reason: string | undefined;
};

/** Organizations that pay alike. */
export type CustomerGroup = { readonly id: string; readonly name: string; readonly createdAt: number };

/** Which group an organization is in; none has two. */
export type CustomerGroupMember = { readonly organizationId: string; readonly customerGroupId: string };

/** One scope, one key: ids of groups and providers have no slash. */
export function scopeKey({ customerGroupId, providerId, model }: PriceScope): string {
  return `${customerGroupId ?? ''}/${providerId ?? ''}/${model ?? ''}`;
}
