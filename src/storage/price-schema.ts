/** The tables of prices that customers pay, as Kysely sees them. */

export type CustomerGroupTable = { id: string; name: string; created_at: number };

export type CustomerGroupMemberTable = { organization_id: string; customer_group_id: string };

/** A margin or prices; neither: the rule was withdrawn. */
export type PriceRuleTable = {
  id: string;
  scope: string;
  customer_group_id: string | null;
  provider_id: string | null;
  model: string | null;
  version: number;
  effective_from: number;
  margin_millionths: number | null;
  prices: string | null;
  allows_below_cost: number;
  created_at: number;
  actor_id: string | null;
  reason: string | null;
};

/** The one row is there from the first entry on. */
export type CreditWorthTable = { id: number; price_nano: bigint };

/** Words are JSON by language. */
export type ModelOfferTable = {
  name: string;
  published: number;
  display_name: string;
  description: string;
  position: number | null;
};

/** What a catalogue of prices says otherwise than the cards in force. */
export type PriceProposalTable = {
  id: string;
  provider_id: string;
  model: string;
  prices: string;
  origin: string;
  found_at: number;
  dismissed_at: number | null;
};
