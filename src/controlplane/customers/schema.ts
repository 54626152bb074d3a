import { z } from 'zod';
import type { WantedCustomer } from '../../identity/customers.ts';
import { formatCredits, NO_CREDITS } from '../../kernel/money.ts';
import type { WantedGrant } from '../../ledger/owed-grants.ts';
import type { AccountBalance } from '../../ledger/ports.ts';
import { orderReference } from '../../protocol/owed-grants.ts';
import type { Organization, Project } from '../../protocol/people.ts';
import { creditGrantSchema, creditsField, toAmount } from '../credit/schema.ts';
import {
  amountField,
  customerIdField,
  externalIdField,
  fromTimeOrUndefined,
  nameField,
  reasonField,
  searchField,
  timeField,
  timeInputField,
  toTime,
} from '../fields.ts';
import { allowedModelsField, keySchema } from '../keys/schema.ts';
import { pageQuery } from '../paging.ts';

const REFERENCE_CHARS_MAX = 200;

/** Credit of an organization itself: an allotment is for parts of one. */
const KINDS = ['purchased', 'promotional', 'adjustment'] as const;

/** What an order elsewhere is known by, and the grant that follows from it. */
export const referenceField = z
  .string()
  .trim()
  .min(1)
  .max(REFERENCE_CHARS_MAX)
  .regex(/^[^\p{Cc}]+$/u, 'has control characters')
  .describe('The platform’s own, such as that of an order: nothing else in the installation is given by the same.');

export const customerParams = z.strictObject({ customer_id: customerIdField });

export const customersQuery = z.strictObject({
  ...pageQuery,
  search: searchField.optional().describe('A part of the name or of the external id.'),
});

const balanceSchema = z.strictObject({
  remaining: creditsField.describe('What no charge has taken yet.'),
  held: creditsField.describe('What of it calls hold that are under way.'),
  available: creditsField.describe('What is neither held nor expired.'),
});

export const customerSchema = z.strictObject({
  id: z.string().describe('What the platform calls it; of one that it does not know, the organization’s id.'),
  external_id: z.string().optional(),
  organization_id: z.string(),
  project_id: z.string().describe('Its first project.'),
  name: z.string(),
  state: z.enum(['active', 'suspended', 'closed']),
  balance: balanceSchema,
  purchase_url: z.string().optional().describe('The link by which it gets more.'),
  created_at: timeField,
});

export const grantByReferenceSchema = creditGrantSchema.extend({ reference: z.string() });

const grantFields = {
  reference: referenceField,
  amount: amountField,
  name: nameField.describe('What the customer sees it as.'),
  kind: z.enum(KINDS).default('purchased'),
  expires_at: timeInputField.optional(),
  reason: reasonField.optional(),
};

export const newCustomerGrantSchema = z
  .strictObject(grantFields)
  .meta({ examples: [{ reference: 'order-1042', amount: '250', name: 'Order 1042' }] });

export const newCustomerSchema = z
  .strictObject({
    external_id: externalIdField,
    name: nameField,
    project_name: nameField.optional().describe('What its first project is called; missing: `Default`.'),
    key: z
      .strictObject({
        name: nameField,
        allowed_models: allowedModelsField.optional(),
        expires_at: timeInputField.optional(),
      })
      .optional()
      .describe('A virtual key of its first project; missing: none is made.'),
    new_key: z
      .boolean()
      .default(false)
      .describe(
        'Whether a customer that is there gets the key, too: a new one, or where one of that name is there, that with a new secret. The secret before ends at once.',
      ),
    credit: z.strictObject(grantFields).optional().describe('What it begins with, given once by its reference.'),
  })
  .refine(({ key, new_key }) => key !== undefined || !new_key, { path: ['new_key'], message: 'needs a `key`' })
  .meta({
    examples: [
      {
        external_id: 'acme-42',
        name: 'Acme',
        key: { name: 'platform' },
        credit: { reference: 'order-1041', amount: '100', name: 'Order 1041' },
      },
    ],
  });

export const madeCustomerSchema = z.strictObject({
  customer: customerSchema,
  created: z.boolean().describe('Whether this call made it.'),
  key: keySchema.optional().describe('The key of the name that was asked for, where it is there.'),
  secret: z.string().optional().describe('Shown this once, by the call that made it.'),
  grant: grantByReferenceSchema.optional().describe('Missing while it is being given, which is soon.'),
});

type CustomerFacts = {
  readonly organization: Organization;
  readonly project: Project;
  readonly account: AccountBalance | undefined;
  readonly purchaseLink: string | undefined;
};

export function toCustomer(facts: CustomerFacts): z.output<typeof customerSchema> {
  const { organization, project, account, purchaseLink } = facts;
  return {
    id: organization.externalId ?? organization.id,
    external_id: organization.externalId,
    organization_id: organization.id,
    project_id: project.id,
    name: organization.name,
    state: organization.state,
    balance: {
      remaining: formatCredits(account?.remainingNano ?? NO_CREDITS),
      held: formatCredits(account?.heldNano ?? NO_CREDITS),
      available: formatCredits(account?.availableNano ?? NO_CREDITS),
    },
    purchase_url: purchaseLink,
    created_at: toTime(organization.createdAt),
  };
}

type GrantBody = z.output<typeof newCustomerGrantSchema>;

export function toWantedGrant(
  body: GrantBody,
  { organizationId, actorId }: Pick<WantedGrant, 'organizationId' | 'actorId'>,
): WantedGrant {
  return { ...toCredit(body, actorId), organizationId };
}

function toCredit(body: GrantBody, actorId: string | undefined): NonNullable<WantedCustomer['credit']> {
  return {
    reference: orderReference(body.reference),
    kind: body.kind,
    name: body.name,
    amountNano: toAmount(body.amount),
    expiresAt: fromTimeOrUndefined(body.expires_at),
    actorId,
    reason: body.reason,
  };
}

export function toWantedCustomer(
  body: z.output<typeof newCustomerSchema>,
  actorId: string | undefined,
): WantedCustomer {
  const { key, credit } = body;
  return {
    externalId: body.external_id,
    name: body.name,
    projectName: body.project_name,
    key: key && { name: key.name, allowedModels: key.allowed_models, expiresAt: fromTimeOrUndefined(key.expires_at) },
    isNewKeyWanted: body.new_key,
    credit: credit && toCredit(credit, actorId),
  };
}
