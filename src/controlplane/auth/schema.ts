import { z } from 'zod';
import { SIGN_UP_POLICIES } from '../../protocol/installation.ts';
import type { User } from '../../protocol/people.ts';
import { timeField, toTime, toTimeOrUndefined } from '../fields.ts';

const EMAIL_CHARS_MAX = 254;
const NAME_CHARS_MAX = 100;
/** Longer than any that may be chosen, so that one that is too long is told so in words. */
const PASSWORD_CHARS_MAX = 1000;
const TOKEN_CHARS_MAX = 128;

export const LOCALES = ['en', 'zh-TW'] as const;

export const emailField = z.string().min(3).max(EMAIL_CHARS_MAX).describe('A mail address; case does not matter.');
export const personNameField = z.string().min(1).max(NAME_CHARS_MAX);
export const localeField = z.enum(LOCALES).describe('The language of pages and mails.');
export const passwordField = z.string().min(1).max(PASSWORD_CHARS_MAX).describe('Write-only.');
export const linkTokenField = z.string().min(1).max(TOKEN_CHARS_MAX).describe('What follows `#` in the link.');

/** A person as they are shown to themselves and to operators. */
export const userSchema = z.strictObject({
  id: z.string(),
  email: z.string().optional().describe('Missing once the person is erased.'),
  name: z.string().optional(),
  locale: z.string().optional(),
  email_verified: z.boolean(),
  has_password: z.boolean(),
  state: z.enum(['awaiting_approval', 'active', 'suspended', 'closed', 'erased']),
  state_reason: z.string().optional(),
  is_operator: z.boolean().describe('Runs the installation.'),
  created_at: timeField,
  last_seen_at: timeField.optional(),
  revision: z.int().positive(),
});

export function toPerson(user: User): z.output<typeof userSchema> {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    locale: user.locale,
    email_verified: user.emailVerifiedAt !== undefined,
    has_password: user.passwordHash !== undefined,
    state: user.state,
    state_reason: user.stateReason,
    is_operator: user.isOperator,
    created_at: toTime(user.createdAt),
    last_seen_at: toTimeOrUndefined(user.lastSeenAt),
    revision: user.revision,
  };
}

export const signInOptionsSchema = z.strictObject({
  name: z.string(),
  logo: z.string().optional(),
  accent: z.string().optional(),
  support_address: z.string().optional(),
  terms_url: z.string().optional(),
  privacy_url: z.string().optional(),
  sign_up: z.enum(SIGN_UP_POLICIES),
  needs_setup: z.boolean().describe('Nobody has an account yet: the console shows the link of the first owner.'),
  transport: z
    .enum(['tls', 'loopback', 'insecure'])
    .describe('`insecure`: plain HTTP from another machine, over which nobody can sign in.'),
  mail: z.enum(['smtp', 'console']).describe('`console`: mails are shown on the hub’s console and not sent.'),
  sign_ins: z
    .array(z.strictObject({ id: z.string(), name: z.string(), preset: z.string().optional() }))
    .describe('Ways to sign in elsewhere.'),
});

export const setupSchema = z
  .strictObject({
    token: linkTokenField,
    email: emailField,
    name: personNameField,
    password: passwordField,
    locale: localeField.optional(),
  })
  .meta({ examples: [{ token: '…', email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' }] });

export const signUpSchema = z
  .strictObject({
    email: emailField,
    name: personNameField,
    password: passwordField,
    locale: localeField.optional(),
  })
  .meta({ examples: [{ email: 'ada@example.com', name: 'Ada', password: 'correct horse battery', locale: 'zh-TW' }] });

export const signInSchema = z
  .strictObject({ email: emailField, password: passwordField })
  .meta({ examples: [{ email: 'ada@example.com', password: 'correct horse battery' }] });
export const emailOnlySchema = z.strictObject({ email: emailField }).meta({ examples: [{ email: 'ada@example.com' }] });
export const tokenOnlySchema = z.strictObject({ token: linkTokenField }).meta({ examples: [{ token: '…' }] });
export const resetSchema = z
  .strictObject({ token: linkTokenField, password: passwordField })
  .meta({ examples: [{ token: '…', password: 'another fine passphrase' }] });

export const signedInSchema = z.strictObject({ user: userSchema });
export const mailSentSchema = z.strictObject({
  state: z.literal('mail_sent_if_possible').describe('The same whether or not there is such an account.'),
});
export const MAIL_SENT = { state: 'mail_sent_if_possible' } as const;

export const verifiedSchema = z.strictObject({
  state: z.enum(['active', 'awaiting_approval']).describe('Whether the person may sign in now.'),
});

export const doneSchema = z.strictObject({ done: z.literal(true) });
export const DONE = { done: true } as const;

export const signedOutSchema = z.strictObject({
  done: z.literal(true),
  continue_at: z.string().optional().describe('Where to go to sign out elsewhere, too.'),
});

export const wayInSchema = z.strictObject({
  way: z.enum(['password', 'single_sign_on']),
  sign_in: z.strictObject({ id: z.string(), name: z.string() }).optional(),
});

export const invitedSignUpSchema = z
  .strictObject({
    token: linkTokenField,
    name: personNameField,
    password: passwordField,
    locale: localeField.optional(),
  })
  .meta({ examples: [{ token: '…', name: 'Bob', password: 'correct horse battery' }] });

export const invitationLookSchema = z.strictObject({
  organization: z.string(),
  email: z.string(),
  role: z.string(),
  has_account: z.boolean(),
});
