import { z } from 'zod';
import { addCredits, formatCredits, formatUsd, NO_CREDITS } from '../../kernel/money.ts';
import type { ChargeWithEntries } from '../../ledger/ports.ts';
import { PRICE_UNITS } from '../../metering/price-units.ts';
import { CHARGE_STATES } from '../../protocol/ledger.ts';
import type { ExplainedCall } from '../credit/credit-services.ts';
import { brokenStreamPolicyField, chargeBasisField } from '../credit/schema.ts';

const creditsField = z.string().describe('Credits, as decimal text.');
const PERCENT_PLACES = 10_000;

/** What a request was charged, so that whoever pays can add it up. */
export const requestChargeSchema = z.strictObject({
  id: z.string(),
  state: z.enum(CHARGE_STATES),
  amount: creditsField.describe('Taken from each account.'),
  held: creditsField,
  overrun: creditsField.describe('Used beyond what was held, which nobody is charged for.'),
  refunded: creditsField.describe('Given back of it.'),
  basis: chargeBasisField,
  explained: z
    .strictObject({
      lines: z.array(
        z.strictObject({
          unit: z.enum(PRICE_UNITS),
          units: z.number(),
          credits_per_million: creditsField,
          credits: creditsField,
          usd_per_million: z.string().optional().describe('What the provider bills; shown to operators.'),
        }),
      ),
      minimum: creditsField.describe('Added up to the least that such a call is charged.'),
      rounding: creditsField.describe('Rounded up, once, to a whole billionth of a credit.'),
      broken_stream_policy: brokenStreamPolicyField.describe(
        'What was agreed of answers that break off when the call began.',
      ),
      waived: z
        .boolean()
        .optional()
        .describe('Of an answer that broke off: whether nothing is charged, since nothing of it was delivered.'),
      price: creditsField.describe('What all of that comes to; the amount, where no more was used than was held.'),
      margin_percent: z.number().optional().describe('On the cost; shown to operators.'),
      rate_card_id: z.string().optional().describe('The version of the cost; shown to operators.'),
      rule_id: z.string().optional().describe('The version of the rule, where one counted; shown to operators.'),
      credit_price_usd: z.string().optional().describe('What one credit was worth; shown to operators.'),
    })
    .optional()
    .describe('Missing where no usage is known, or the prices of then are not there any more.'),
});

export function toRequestCharge(
  { charge, entries }: ChargeWithEntries,
  explained: ExplainedCall | undefined,
  seesCosts: boolean,
): z.output<typeof requestChargeSchema> {
  return {
    id: charge.id,
    state: charge.state,
    amount: formatCredits(charge.amountNano),
    held: formatCredits(charge.heldNano),
    overrun: formatCredits(charge.overrunNano),
    refunded: formatCredits(refundedOf({ charge, entries })),
    basis: charge.basis,
    explained: explained && toExplained(explained, seesCosts),
  };
}

/** Every account gets the same back, so the first stands for all. */
function refundedOf({ charge, entries }: ChargeWithEntries) {
  const [account] = charge.accountIds;
  const taken = entries
    .filter(({ accountId }) => accountId === account)
    .reduce((sum, { amountNano }) => addCredits(sum, amountNano), NO_CREDITS);
  return addCredits(charge.amountNano, taken);
}

function toExplained({ lines, ...explained }: ExplainedCall, seesCosts: boolean) {
  return {
    lines: lines.map(({ unit, units, perMillion, creditsPerMillion, credits }) => ({
      unit,
      units,
      credits_per_million: creditsPerMillion,
      credits,
      ...(seesCosts && !explained.isListed ? { usd_per_million: perMillion } : {}),
    })),
    minimum: explained.floorCredits,
    rounding: explained.roundingCredits,
    price: explained.credits,
    broken_stream_policy: explained.brokenStreams,
    waived: explained.broken?.isWaived,
    ...(seesCosts
      ? {
          margin_percent: explained.marginMillionths / PERCENT_PLACES,
          rate_card_id: explained.rateCardId,
          rule_id: explained.ruleId,
          credit_price_usd: formatUsd(explained.creditPrice),
        }
      : {}),
  };
}
