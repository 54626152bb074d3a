import { z } from 'zod';
import { type NanoUsdPerMillion, usdPerMillion } from '../kernel/money.ts';
import type { NewModelPolicy } from '../protocol/configuration.ts';
import type { PriceUnit } from '../protocol/rate-card.ts';
import { LIST_LENGTH_MAX, NAME_LENGTH_MAX, shortText } from './fields.ts';
import { type DeclaredLimit, usageLimitsSchema } from './limit-schema.ts';
import { type DeclaredRoute, routesSchema } from './route-schema.ts';
import type { Secret } from './secret.ts';

const WEIGHT_MAX = 1000;
const POSITION_MAX = 1_000_000;
const DEFAULT_WEIGHT = 1;

/** The prices that hub.yaml may name, each with the unit of the rate card that it sets. */
export const PRICE_UNITS = {
  input: 'input',
  cachedInput: 'cached-input',
  cacheWrite5m: 'cache-write-5m',
  cacheWrite1h: 'cache-write-1h',
  audioInput: 'audio-input',
  output: 'output',
  reasoning: 'reasoning',
  audioOutput: 'audio-output',
} as const satisfies Record<string, PriceUnit>;

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'must begin with a letter or digit and hold only letters, digits, ".", "_", "-"',
  )
  .max(NAME_LENGTH_MAX);

/** How hub.yaml refers to an environment variable. */
export const SECRET_REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

/** A secret never stands in the file itself. */
const secretReference = z
  .string()
  .regex(SECRET_REFERENCE, 'must name an environment variable as ${NAME}; secrets do not stand in this file')
  .transform((reference) => reference.slice(2, -1));

const dollars = z
  .union([z.string(), z.number()], 'must be dollars per million, such as 2.50')
  .transform((value, context) => {
    try {
      return usdPerMillion(String(value));
    } catch {
      context.addIssue({ code: 'custom', message: 'must be dollars per million, zero or more, such as 2.50' });
      return z.NEVER;
    }
  });

const credentialSchema = z.strictObject({
  name: name.default('default'),
  secret: secretReference,
  weight: z.int().min(1).max(WEIGHT_MAX).default(DEFAULT_WEIGHT),
});

const connectionSchema = z.strictObject({
  name,
  provider: shortText,
  baseUrl: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }).optional(),
  params: z.record(z.string(), shortText).default({}),
  enabled: z.boolean().default(true),
  newModels: z.enum(['enabled', 'hidden', 'awaiting_approval']).default('enabled'),
  position: z.int().min(0).max(POSITION_MAX).optional(),
  credentials: z.array(credentialSchema).max(LIST_LENGTH_MAX).default([]),
  models: z.array(shortText).max(LIST_LENGTH_MAX).default([]),
});

const identitySchema = z.strictObject({ provider: shortText, model: shortText, is: shortText });

const optionalDollars = dollars.optional();

const priceSchema = z
  .strictObject({
    provider: shortText,
    model: shortText,
    input: optionalDollars,
    cachedInput: optionalDollars,
    cacheWrite5m: optionalDollars,
    cacheWrite1h: optionalDollars,
    audioInput: optionalDollars,
    output: optionalDollars,
    reasoning: optionalDollars,
    audioOutput: optionalDollars,
  })
  .refine((price) => price.input !== undefined || price.output !== undefined, 'must give a price for input or output');

const keySchema = z
  .strictObject({
    name: shortText.max(NAME_LENGTH_MAX),
    secret: secretReference.optional(),
    secretHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, as `aigne-hub key create --json` prints them')
      .optional(),
    allowedModels: z.array(shortText).max(LIST_LENGTH_MAX).optional(),
    refusesLosses: z.boolean().default(false),
    enabled: z.boolean().default(true),
    expires: z
      .union([z.string(), z.date()], 'must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z')
      .transform((value, context) => {
        const timeMs = value instanceof Date ? value.getTime() : parseTime(value);
        if (timeMs !== undefined && !Number.isNaN(timeMs)) return timeMs;
        context.addIssue({ code: 'custom', message: 'must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z' });
        return z.NEVER;
      })
      .optional(),
  })
  .refine(
    (key) => (key.secret === undefined) !== (key.secretHash === undefined),
    'must give either secret or secretHash',
  );

/** The parts of hub.yaml that declare configuration, to be laid into the schema of the whole file. */
export const declaredShape = {
  connections: z.array(connectionSchema).max(LIST_LENGTH_MAX).default([]),
  aliases: z.record(shortText, shortText).default({}),
  identity: z.array(identitySchema).max(LIST_LENGTH_MAX).default([]),
  prices: z.array(priceSchema).max(LIST_LENGTH_MAX).default([]),
  keys: z.array(keySchema).max(LIST_LENGTH_MAX).default([]),
  routes: routesSchema,
  usageLimits: usageLimitsSchema,
};

const declaredSchema = z.strictObject(declaredShape);

/** The declared parts as the schema leaves them: secrets are still names of environment variables. */
export type DeclaredDocument = z.output<typeof declaredSchema>;

/** A credential with its secret in hand. */
export type DeclaredCredential = { readonly name: string; readonly secret: Secret; readonly weight: number };

/** A connection that hub.yaml (`file`) or a well-known variable (`env`) asks for. */
export type DeclaredConnection = {
  readonly source: 'file' | 'env';
  readonly name: string;
  readonly providerId: string;
  /** `undefined` takes the catalogue entry's own address, filled with `params`. */
  readonly baseUrl: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  readonly newModels: NewModelPolicy;
  /** The operator's order: lower is tried first. */
  readonly position: number;
  readonly credentials: readonly DeclaredCredential[];
  /** Model ids added by hand. */
  readonly models: readonly string[];
};

export type DeclaredAlias = { readonly name: string; readonly target: string };

/** This upstream model at this provider is that canonical model. */
export type DeclaredIdentity = {
  readonly providerId: string;
  readonly upstreamModel: string;
  readonly canonicalModel: string;
};

export type DeclaredPrice = {
  readonly providerId: string;
  readonly model: string;
  readonly prices: readonly { readonly unit: PriceUnit; readonly price: NanoUsdPerMillion }[];
};

export type DeclaredKey = {
  readonly name: string;
  readonly allowedModels: readonly string[] | undefined;
  readonly refusesLosses: boolean;
  readonly enabled: boolean;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  readonly secret: { readonly kind: 'hash'; readonly hash: string } | { readonly kind: 'text'; readonly text: Secret };
};

/** Everything that is declared outside the store, ready to be compared with it. */
export type Declared = {
  readonly connections: readonly DeclaredConnection[];
  readonly aliases: readonly DeclaredAlias[];
  readonly identity: readonly DeclaredIdentity[];
  readonly prices: readonly DeclaredPrice[];
  readonly keys: readonly DeclaredKey[];
  readonly routes: readonly DeclaredRoute[];
  readonly limits: readonly DeclaredLimit[];
};

function parseTime(value: string): number | undefined {
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value)
    ? Date.parse(value)
    : undefined;
}
