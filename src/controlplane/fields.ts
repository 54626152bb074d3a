import { z } from 'zod';
import { isExternalId } from '../identity/customers.ts';
import {
  normaliseNetwork,
  normaliseOrigin,
  OVERLAP_MAX_MS,
  PLACE_CHARS_MAX,
  PLACES_MAX,
} from '../identity/key-limits.ts';
import type { KeyOwner } from '../identity/ports.ts';
import { accentShades, COLOUR } from '../kernel/accent.ts';
import { formatUsd, nanoUsd, parseCredits } from '../kernel/money.ts';
import { ROLES } from '../protocol/people.ts';

/** Fields that several resources share, and how their values are written: times as ISO 8601, money as decimal text. */

const ID_CHARS_MAX = 128;
const NAME_CHARS_MAX = 100;
const MODEL_CHARS_MAX = 256;
const URL_CHARS_MAX = 2048;
const SECRET_CHARS_MAX = 16_384;
/** https://www.rfc-editor.org/errata/eid1690 */
const EMAIL_CHARS_MAX = 254;
const REASON_CHARS_MAX = 500;
const AMOUNT_CHARS_MAX = 20;

export const idField = z
  .string()
  .min(1)
  .max(ID_CHARS_MAX)
  .regex(/^[A-Za-z0-9._:-]+$/, 'has characters that no id has');

/** What a platform calls a customer of its own: no organization's id, and nothing that a path would take for a step. */
export const externalIdField = z
  .string()
  .min(1)
  .max(ID_CHARS_MAX)
  .regex(/^[A-Za-z0-9._:@|+=~-]+$/, 'has characters that no id has')
  .refine(isExternalId, 'must not begin with `org_`, nor be dots alone')
  .describe('The platform’s own id of the customer: letters, digits and `._:@|+=~-`. It never begins with `org_`.');

/** Either id by which a customer is asked for. */
export const customerIdField = z
  .string()
  .min(1)
  .max(ID_CHARS_MAX)
  .describe('The platform’s own id of the customer, or the organization’s.');

/** A name that people choose: no control characters, and nothing but spaces is no name. */
export const nameField = z
  .string()
  .trim()
  .min(1)
  .max(NAME_CHARS_MAX)
  .regex(/^[^\p{Cc}]+$/u, 'has control characters');

/** A connection's name stands before the slash in `provider/model`. */
export const slugField = z
  .string()
  .min(1)
  .max(NAME_CHARS_MAX)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'has to be small letters, digits, dots, dashes and underscores');

/** A provider's own id of a model. */
export const modelField = z
  .string()
  .min(1)
  .max(MODEL_CHARS_MAX)
  .regex(/^[^\p{Cc}]+$/u, 'has control characters');

/** A mail address or a web page: nothing else becomes a link. */
export const supportAddressField = z
  .string()
  .min(3)
  .max(EMAIL_CHARS_MAX)
  .regex(/^[^\p{Cc}<>"]+$/u);

export const colourField = z
  .string()
  .toLowerCase()
  .regex(COLOUR, 'has to be a colour as `#rrggbb`')
  .describe('As `#rrggbb`. Each theme shows the shade of it that can be read there.');

/** How a colour shows in each theme. */
export const shadesField = z.strictObject({ light: z.string(), dark: z.string() });

export function toShades(colour: string): z.output<typeof shadesField> {
  const { light, dark } = accentShades(colour);
  return { light: light.accent, dark: dark.accent };
}

export const urlField = z.url({ protocol: /^https?$/ }).max(URL_CHARS_MAX);

/** A secret in a request. It is in no answer. */
export const secretField = z.string().min(1).max(SECRET_CHARS_MAX).describe('Write-only: no answer ever holds it.');

/** A mail address; letters are made small, since no two people differ by them. */
export const emailField = z.email().max(EMAIL_CHARS_MAX).toLowerCase();

export const roleField = z
  .enum(ROLES)
  .describe('What it allows is in docs/how-to/people-and-teams.md. Nobody gives a role above their own.');

export const reasonField = z
  .string()
  .trim()
  .min(1)
  .max(REASON_CHARS_MAX)
  .regex(/^[^\p{Cc}]+$/u, 'has control characters')
  .describe('Why; shown to whom it is about.');

/** A part of a name or an address to look for. */
export const searchField = z.string().trim().min(1).max(NAME_CHARS_MAX);

export const timeField = z.iso.datetime().describe('ISO 8601, UTC.');

/** A time in a request, with any offset from UTC. */
export const timeInputField = z.iso.datetime({ offset: true }).describe('ISO 8601 with its offset from UTC.');

export const sourceField = z
  .enum(['store', 'file', 'env', 'found'])
  .describe(
    'Who declared it: `file` is hub.yaml and read-only here, `env` a provider variable, `found` a local server.',
  );

export const newModelPolicyField = z.enum(['enabled', 'hidden', 'awaiting_approval']);

export const countField = z.int().nonnegative();

/** A yes or no in a query string. */
export const flagField = z.enum(['true', 'false']);

/** Credits that somebody gives, takes or offers. */
export const amountField = z
  .string()
  .max(AMOUNT_CHARS_MAX)
  .refine(
    (text) => parseCredits(text) !== undefined,
    'has to be a decimal number above zero, with nine places at most, up to a billion',
  )
  .describe('Credits, as decimal text: above zero, with nine places at most, up to a billion.');

/** Any JSON: one schema object, so that the API document names it once. */
export const jsonField = z.json();

export const jsonObjectField = z.record(z.string(), jsonField);

/** Counts the changes of what it stands in. */
export const revisionField = z
  .int()
  .min(1)
  .describe('Counts the changes; the answer’s `ETag`, which `If-Match` takes.');

/** Where a key may be used from. */
export const allowedAddressesField = z
  .array(
    z
      .string()
      .min(1)
      .max(PLACE_CHARS_MAX)
      .refine(
        (text) => normaliseNetwork(text) !== undefined,
        'is no IP address, CIDR network, `loopback` or `private`',
      ),
  )
  .min(1)
  .max(PLACES_MAX)
  .describe('IP addresses, CIDR networks, `loopback` or `private`.');

export const allowedOriginsField = z
  .array(
    z
      .string()
      .min(1)
      .max(PLACE_CHARS_MAX)
      .refine((text) => normaliseOrigin(text) !== undefined, 'is no origin such as `https://app.example.com`, nor `*`'),
  )
  .min(1)
  .max(PLACES_MAX)
  .describe('Web origins whose pages may use it: `https://host[:port]`, `http://localhost[:port]`, or `*`.');

/** A request for a new secret in place of the one that counts. */
export const rotationSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(OVERLAP_MAX_MS / 1000)
      .default(0)
      .describe('How long the secret before counts on.'),
  })
  .meta({ examples: [{ overlap_seconds: 3600 }] });

/** Whose a key is to be: one of the two, or neither. */
export const ownerFields = {
  member_id: idField.optional(),
  service_account_id: idField.optional(),
};

export function namesOneOwner(body: { readonly member_id?: unknown; readonly service_account_id?: unknown }): boolean {
  return body.member_id === undefined || body.service_account_id === undefined;
}

export const ONE_OWNER = {
  path: ['service_account_id'],
  message: 'stands beside `member_id`: a key has one owner',
};

export function toOwner(body: {
  readonly member_id?: string | undefined;
  readonly service_account_id?: string | undefined;
}): KeyOwner | undefined {
  if (body.member_id !== undefined) return { memberId: body.member_id };
  return body.service_account_id === undefined ? undefined : { serviceAccountId: body.service_account_id };
}

export const deletedSchema = z.strictObject({ id: z.string(), deleted: z.literal(true) });

export function deleted(id: string): z.output<typeof deletedSchema> {
  return { id, deleted: true };
}

/** Milliseconds since the epoch → ISO 8601. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function toTimeOrUndefined(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toTime(ms);
}

/** ISO 8601 that its schema has checked → milliseconds since the epoch. */
export function fromTime(text: string): number {
  return new Date(text).getTime();
}

export function fromTimeOrUndefined(text: string | undefined): number | undefined {
  return text === undefined ? undefined : fromTime(text);
}

/** Money twice: decimal dollars for people, whole nano-dollars for arithmetic, both as text so that no digit is lost. */
export const costFields = { cost_usd: z.string(), cost_nano_usd: z.string() };

/** Missing where the cost is not known, or is told to operators only. */
export const maybeCostFields = { cost_usd: z.string().optional(), cost_nano_usd: z.string().optional() };

export function toCost(amount: bigint): { readonly cost_usd: string; readonly cost_nano_usd: string } {
  return { cost_usd: formatUsd(nanoUsd(amount)), cost_nano_usd: amount.toString() };
}
