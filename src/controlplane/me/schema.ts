import { z } from 'zod';
import type { ChargingTerms } from '../../protocol/charging.ts';
import type { Session } from '../../protocol/people.ts';
import { LOCALES, passwordField, personNameField, userSchema } from '../auth/schema.ts';
import { idField, timeField, toTime } from '../fields.ts';

export const meSchema = z.strictObject({
  user: userSchema,
  session_id: z.string(),
  organizations: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      state: z.enum(['active', 'suspended', 'closed']),
      member_id: z.string(),
      role: z.enum(['owner', 'admin', 'billing', 'developer', 'viewer']),
      own_credentials: z.boolean().describe('Whether calls may go by connections of its own.'),
      purchase_url: z
        .string()
        .optional()
        .describe('Where it gets more credit; it says who comes and where they come back to.'),
    }),
  ),
  credit: z
    .strictObject({
      name: z.string().optional().describe('What the operator calls credits; missing: as the language does.'),
      prefix: z.string().optional().describe('What stands before amounts.'),
      decimals: z.int().describe('What amounts are shown with; those of the API are exact.'),
    })
    .optional()
    .describe('There where calls are paid for with credit.'),
});

export function toCreditLook({
  name,
  prefix,
  decimals,
}: Pick<ChargingTerms, 'name' | 'prefix' | 'decimals'>): z.output<typeof meSchema>['credit'] {
  return { name, prefix, decimals };
}

export const meChangeSchema = z
  .strictObject({
    name: personNameField.optional(),
    locale: z.enum(LOCALES).optional(),
  })
  .meta({ examples: [{ name: 'Ada Lovelace', locale: 'en' }] });

export const newPasswordSchema = z
  .strictObject({
    current: passwordField.optional().describe('Not asked for where the person has none yet.'),
    password: passwordField,
  })
  .meta({ examples: [{ current: 'correct horse battery', password: 'another fine passphrase' }] });

export const closeAccountSchema = z
  .strictObject({
    password: passwordField.optional().describe('Where the person has one.'),
  })
  .meta({ examples: [{ password: 'correct horse battery' }] });

/** A session as its person sees it. */
export const sessionSchema = z.strictObject({
  id: z.string(),
  is_this: z.boolean().describe('Whether it is the one that asks.'),
  way: z.enum(['password', 'single_sign_on']),
  address: z.string().optional(),
  user_agent: z.string().optional(),
  created_at: timeField,
  last_seen_at: timeField,
  expires_at: timeField,
});

export const sessionParams = z.strictObject({ session_id: idField });

export function toSessionView(session: Session, thisId: string | undefined): z.output<typeof sessionSchema> {
  return {
    id: session.id,
    is_this: session.id === thisId,
    way: session.ssoConnectionId === undefined ? 'password' : 'single_sign_on',
    address: session.address,
    user_agent: session.userAgent,
    created_at: toTime(session.createdAt),
    last_seen_at: toTime(session.lastSeenAt),
    expires_at: toTime(session.expiresAt),
  };
}
