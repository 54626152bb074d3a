import { z } from 'zod';
import { formatCredits } from '../../kernel/money.ts';
import type { KitBacklog, KitCustomer } from '../../payments/kit-ports.ts';
import { KIT_LEADERS, type KitAccount } from '../../payments/payment-kit/account.ts';
import type { KitComparison } from '../../payments/payment-kit/payment-kit.ts';
import { idField, secretField, timeField, toTime, toTimeOrUndefined, urlField } from '../fields.ts';
import { modeField } from './schema.ts';

const NAME_CHARS_MAX = 255;
const CHECK_SECONDS_MIN = 10;
const CHECK_SECONDS_MAX = 3600;

/** What Payment Kit calls something of its own. */
const kitIdField = z
  .string()
  .min(1)
  .max(NAME_CHARS_MAX)
  .regex(/^[A-Za-z0-9._:-]+$/, 'has characters that no id has');

const leadsField = z
  .enum(KIT_LEADERS)
  .describe(
    'Whose balance decides what is left. `payment_kit`: what others use of the currency there is taken here, too, with every comparison.',
  );
const checkField = z
  .int()
  .min(CHECK_SECONDS_MIN)
  .max(CHECK_SECONDS_MAX)
  .describe('Where Payment Kit leads: after how many seconds a customer that uses credit is compared again.');

const backlogSchema = z.strictObject({
  waiting: z.int().nonnegative().describe('Messages about usage that are not delivered yet.'),
  waiting_credits: z.string().describe('What they come to, as decimal text.'),
  oldest_at: timeField.optional(),
  problem: z.string().optional().describe('Why the last try failed.'),
  last_delivered_at: timeField.optional(),
});

export const kitAccountSchema = z.strictObject({
  state: z.enum(['missing', 'on', 'off']).describe('`missing`: the hub is not known to a Payment Kit.'),
  address: z.string().optional(),
  mode: modeField.optional(),
  masked_key: z.string().optional(),
  component_did: z.string().optional(),
  meter: z.string().optional().describe('The event name of the meter that usage is told to.'),
  currency_id: z.string().optional().describe('The currency of the meter, in which credit is counted.'),
  places: z.int().optional().describe('Decimals of that currency.'),
  payment_link: z.string().optional(),
  leads: leadsField.optional(),
  check_seconds: checkField.optional(),
  usage: backlogSchema.optional(),
  events_url: z.string().describe('Where Payment Kit has to send its messages.'),
  updated_at: timeField.optional(),
  revision: z.int().nonnegative(),
});

export const kitAccountChangeSchema = z
  .strictObject({
    address: urlField.optional().describe('Where Payment Kit is mounted.'),
    mode: modeField.optional(),
    secret_key: secretField.optional(),
    component_did: kitIdField.optional().describe('As which component the hub signs. Needed with `secret_key`.'),
    access_key: secretField.optional(),
    public_key: kitIdField.optional().describe('By which messages are checked. Needed with `access_key`.'),
    meter: kitIdField.optional(),
    payment_link: kitIdField
      .optional()
      .describe('Where people buy; missing: the one that the currency is recharged by, if it has one.'),
    leads: leadsField.optional(),
    check_seconds: checkField.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({
    examples: [
      {
        address: 'https://app.example.com/payment-kit',
        mode: 'live',
        access_key: 'blocklet-example',
        public_key: '0x7a1d0c5f1f2e4b3a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2',
        meter: 'agent-hub-ai-meter',
      },
    ],
  });

export const kitCustomerParams = z.strictObject({ organization_id: idField });
export const kitCustomerChangeSchema = z
  .strictObject({ customer: kitIdField.describe('The DID of the customer, or Payment Kit’s own id (`cus_…`).') })
  .meta({ examples: [{ customer: 'z1ExampleDidOfACustomer' }] });

const customerFields = {
  organization_id: z.string(),
  customer_id: z.string().describe('Payment Kit’s own.'),
  did: z.string(),
  untold: z
    .string()
    .describe('Credits that were used and are too few to be told in the currency’s places; below zero: given back.'),
};
export const kitCustomerSchema = z.strictObject(customerFields);
export const listedKitCustomerSchema = z.strictObject({ ...customerFields, organization_name: z.string() });
export const kitComparisonSchema = z.strictObject({
  ...customerFields,
  left: z.string().describe('What is left here of the credit that came from there.'),
  usage: backlogSchema,
  remaining: z.string().describe('What the customer’s grants have left there.'),
  pending: z.string().describe('What was told and no grant there covers.'),
  can_continue: z.boolean().describe('Whether credit that Payment Kit buys by itself can cover what is pending.'),
  used_elsewhere: z.string().describe('What was taken here of that credit since others used it there.'),
  to_take: z
    .string()
    .optional()
    .describe(
      'Where Payment Kit leads: what others used there and is not taken here yet. Missing: nobody can say just now, since usage is being told.',
    ),
  checked_at: timeField.optional().describe('When Payment Kit last said what the customer has.'),
});

export const kitCheckoutSchema = z.strictObject({
  checkout_url: z.string().describe('The page where credits are bought.'),
});

export function toKitAccount(
  account: KitAccount | undefined,
  eventsUrl: string,
  backlog: KitBacklog | undefined,
): z.output<typeof kitAccountSchema> {
  return {
    state: account === undefined ? 'missing' : account.enabled ? 'on' : 'off',
    address: account?.address,
    mode: account?.mode,
    masked_key: account?.maskedKey,
    component_did: account?.componentDid,
    meter: account?.meter,
    currency_id: account?.currencyId,
    places: account?.places,
    payment_link: account?.paymentLinkId,
    leads: account?.leads,
    check_seconds: account?.checkSeconds,
    usage: backlog && toBacklog(backlog),
    events_url: eventsUrl,
    updated_at: toTimeOrUndefined(account?.updatedAt),
    revision: account?.revision ?? 0,
  };
}

export function toKitCustomer(customer: KitCustomer): z.output<typeof kitCustomerSchema> {
  const { organizationId, customerId, did, untoldNano } = customer;
  return { organization_id: organizationId, customer_id: customerId, did, untold: formatCredits(untoldNano) };
}

export function toKitComparison(found: KitComparison): z.output<typeof kitComparisonSchema> {
  return {
    ...toKitCustomer(found.customer),
    left: formatCredits(found.leftNano),
    usage: toBacklog(found.backlog),
    remaining: formatCredits(found.remainingNano),
    pending: formatCredits(found.pendingNano),
    can_continue: found.canContinue,
    used_elsewhere: formatCredits(found.elsewhereNano),
    to_take: found.toTakeNano === undefined ? undefined : formatCredits(found.toTakeNano),
    checked_at: toTimeOrUndefined(found.customer.checkedAt),
  };
}

function toBacklog({ waiting, waitingNano, oldestAt, problem, lastDeliveredAt }: KitBacklog) {
  return {
    waiting,
    waiting_credits: formatCredits(waitingNano),
    oldest_at: oldestAt === undefined ? undefined : toTime(oldestAt),
    problem,
    last_delivered_at: toTimeOrUndefined(lastDeliveredAt),
  };
}
