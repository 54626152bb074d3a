import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import type { Issuer } from '../../protocol/credit-notes.ts';
import { type GuestPlayground, type Installation, SIGN_UP_POLICIES } from '../../protocol/installation.ts';
import type { StarterOffer } from '../../protocol/starter-credits.ts';
import {
  amountField,
  colourField,
  idField,
  modelField,
  nameField,
  shadesField,
  supportAddressField,
  toShades,
  urlField,
} from '../fields.ts';

const ADDRESS_CHARS_MAX = 500;
const LOGO_CHARS_MAX = 200_000;
const DOMAINS_MAX = 200;
const STARTER_DAYS_MAX = 3650;
const STARTER_PEOPLE_MAX = 1_000_000;

const domainField = z
  .string()
  .toLowerCase()
  .regex(/^(?:[a-z0-9-]+\.)+[a-z0-9-]{2,}$/, 'has to be a domain');

const GUEST_MODELS_MAX = 20;
const VISITOR_REQUESTS_MAX = 1000;
const GUEST_REQUESTS_MAX = 100_000;
const GUEST_OUTPUT_TOKENS = { min: 16, max: 4096 } as const;

const guestFields = {
  enabled: z.boolean().describe('Whether visitors may ask models without an account.'),
  models: z
    .array(modelField)
    .max(GUEST_MODELS_MAX)
    .describe('What they may ask, as the paying organization calls it. One that it may not call is not shown.'),
  organization_id: idField.describe(
    'Whose calls they are, paid with its credit where calls are; without one, the installation’s own.',
  ),
  visitor_requests_per_day: z
    .int()
    .min(1)
    .max(VISITOR_REQUESTS_MAX)
    .describe('Requests of one browser in a day (UTC). An address has five times as many.'),
  requests_per_day: z.int().min(1).max(GUEST_REQUESTS_MAX).describe('Requests of all visitors in a day (UTC).'),
  output_tokens_max: z
    .int()
    .min(GUEST_OUTPUT_TOKENS.min)
    .max(GUEST_OUTPUT_TOKENS.max)
    .describe('The most tokens of one answer, what is thought included.'),
};

const fields = {
  name: nameField.describe('What people see the hub called.'),
  logo: z
    .string()
    .max(LOGO_CHARS_MAX)
    .regex(/^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+=*$/, 'has to be a picture as a `data:` URL')
    .describe('A picture as a `data:` URL: PNG, JPEG, WebP or GIF.'),
  support_address: supportAddressField,
  accent: colourField,
  terms_url: urlField,
  privacy_url: urlField,
  sign_up: z.enum(SIGN_UP_POLICIES).describe('Who may make an account by themselves.'),
  sign_up_domains: z.array(domainField).max(DOMAINS_MAX).describe('For `domain`: the mail domains.'),
  sign_up_joins: z
    .enum(['personal', 'first'])
    .describe('What a sign-up joins: an organization of its own, or the first one as a viewer.'),
  own_credentials: z.boolean().describe('Whether organizations may add provider credentials of their own.'),
  public_models: z
    .boolean()
    .describe('Whether visitors of the first page see which models the first organization may call.'),
  public_prices: z
    .boolean()
    .describe(
      'Whether visitors see what published models cost, where calls are paid for with credit: the page `/pricing`.',
    ),
  starter_credits: z
    .strictObject({
      name: nameField.describe('What people see it called among what they were given.'),
      amount: amountField,
      lasts_days: z
        .int()
        .min(1)
        .max(STARTER_DAYS_MAX)
        .optional()
        .describe('Days for which it may be used; missing: for good.'),
      per_day_max: z
        .int()
        .min(1)
        .max(STARTER_PEOPLE_MAX)
        .describe('People who may get it in one day, in UTC. Those after them get none.'),
      refused_domains: z
        .array(domainField)
        .max(DOMAINS_MAX)
        .default([])
        .describe('Mail domains whose people get none.'),
    })
    .describe('Credit that whoever signs up into an organization of their own begins with, once for each person.'),
  issuer: z
    .strictObject({
      name: nameField,
      address: z
        .string()
        .trim()
        .min(1)
        .max(ADDRESS_CHARS_MAX)
        .regex(/^[^\p{Cc}]+(?:\n[^\p{Cc}]+)*$/u, 'has to be lines of text')
        .optional()
        .describe('Lines, one below the other.'),
      tax_id: nameField.optional().describe('As the operator is registered for taxes.'),
    })
    .describe('Who sells credit, as statements and credit notes name it.'),
};

export const installationSchema = z.strictObject({
  ...fields,
  logo: fields.logo.optional(),
  support_address: fields.support_address.optional(),
  accent: fields.accent.optional(),
  accent_shades: shadesField.optional().describe('What the accent becomes in each theme.'),
  terms_url: fields.terms_url.optional(),
  privacy_url: fields.privacy_url.optional(),
  starter_credits: fields.starter_credits.optional(),
  issuer: fields.issuer.optional(),
  guest_playground: z
    .strictObject({
      ...guestFields,
      organization_id: guestFields.organization_id.optional(),
      key_id: idField.optional().describe('The hub’s own key that the calls are made with and found under.'),
    })
    .describe('What visitors may ask of models without an account.'),
  revision: z.int().positive(),
});

export const testMailSchema = z.strictObject({
  sent_to: z.string().describe('The mail server took the mail; whether it arrives is for the next server to say.'),
});

export const installationChangeSchema = z
  .strictObject({
    name: fields.name.optional(),
    logo: fields.logo.nullable().optional(),
    support_address: fields.support_address.nullable().optional(),
    accent: fields.accent.nullable().optional(),
    terms_url: fields.terms_url.nullable().optional(),
    privacy_url: fields.privacy_url.nullable().optional(),
    sign_up: fields.sign_up.optional(),
    sign_up_domains: fields.sign_up_domains.optional(),
    sign_up_joins: fields.sign_up_joins.optional(),
    own_credentials: fields.own_credentials.optional(),
    public_models: fields.public_models.optional(),
    public_prices: fields.public_prices.optional(),
    starter_credits: fields.starter_credits.nullable().optional(),
    issuer: fields.issuer.nullable().optional(),
    guest_playground: z
      .strictObject({
        enabled: guestFields.enabled.optional(),
        models: guestFields.models.optional(),
        organization_id: guestFields.organization_id.nullable().optional(),
        visitor_requests_per_day: guestFields.visitor_requests_per_day.optional(),
        requests_per_day: guestFields.requests_per_day.optional(),
        output_tokens_max: guestFields.output_tokens_max.optional(),
      })
      .optional()
      .describe('The fields that are sent are changed.'),
  })
  .meta({ examples: [{ name: 'Example AI', sign_up: 'domain', sign_up_domains: ['example.com'] }] });

export function toInstallationView(installation: Installation): z.output<typeof installationSchema> {
  return {
    name: installation.name,
    logo: installation.logo,
    support_address: installation.supportAddress,
    accent: installation.accent,
    accent_shades: installation.accent === undefined ? undefined : toShades(installation.accent),
    terms_url: installation.termsUrl,
    privacy_url: installation.privacyUrl,
    sign_up: installation.signUp,
    sign_up_domains: [...installation.signUpDomains],
    sign_up_joins: installation.signUpJoins,
    own_credentials: installation.ownCredentials,
    public_models: installation.publicModels,
    public_prices: installation.publicPrices,
    starter_credits: toOfferView(installation.starterCredits),
    issuer: toIssuerView(installation.issuer),
    guest_playground: toGuestView(installation.guestPlayground),
    revision: installation.revision,
  };
}

/** The installation as it is after the change: `null` empties a field. @throws GatewayError `request.invalid` */
export function changeInstallation(
  { revision: _revision, ...present }: Installation,
  change: z.output<typeof installationChangeSchema>,
): Omit<Installation, 'revision'> {
  const or = <Value>(given: Value | null | undefined, kept: Value | undefined): Value | undefined =>
    given === undefined ? kept : (given ?? undefined);
  return {
    name: change.name ?? present.name,
    logo: or(change.logo, present.logo),
    supportAddress: or(change.support_address, present.supportAddress),
    accent: or(change.accent, present.accent),
    termsUrl: or(change.terms_url, present.termsUrl),
    privacyUrl: or(change.privacy_url, present.privacyUrl),
    signUp: change.sign_up ?? present.signUp,
    signUpDomains: change.sign_up_domains ?? present.signUpDomains,
    signUpJoins: change.sign_up_joins ?? present.signUpJoins,
    ownCredentials: change.own_credentials ?? present.ownCredentials,
    publicModels: change.public_models ?? present.publicModels,
    publicPrices: change.public_prices ?? present.publicPrices,
    starterCredits: or(toOffer(change.starter_credits), present.starterCredits),
    creditSale: present.creditSale,
    issuer: or(toIssuer(change.issuer), present.issuer),
    guestPlayground: changeGuests(present.guestPlayground, change.guest_playground),
    charging: present.charging,
  };
}

function toGuestView(guests: GuestPlayground): z.output<typeof installationSchema>['guest_playground'] {
  return {
    enabled: guests.enabled,
    models: [...guests.models],
    organization_id: guests.organizationId,
    visitor_requests_per_day: guests.visitorRequestsPerDay,
    requests_per_day: guests.requestsPerDay,
    output_tokens_max: guests.outputTokensMax,
    key_id: guests.keyId,
  };
}

function changeGuests(
  present: GuestPlayground,
  change: z.output<typeof installationChangeSchema>['guest_playground'] = {},
): GuestPlayground {
  const { organization_id: organizationId } = change;
  const enabled = change.enabled ?? present.enabled;
  const models = change.models === undefined ? present.models : [...new Set(change.models)];
  if (enabled && models.length === 0) {
    throw new GatewayError('request.invalid', {
      message: 'A guest playground that is on offers one model at least.',
      param: 'guest_playground.models',
    });
  }
  return {
    enabled,
    models,
    organizationId: organizationId === undefined ? present.organizationId : (organizationId ?? undefined),
    visitorRequestsPerDay: change.visitor_requests_per_day ?? present.visitorRequestsPerDay,
    requestsPerDay: change.requests_per_day ?? present.requestsPerDay,
    outputTokensMax: change.output_tokens_max ?? present.outputTokensMax,
    keyId: present.keyId,
  };
}

type IssuerView = z.output<typeof fields.issuer>;

export function toIssuerView(issuer: Issuer | undefined): IssuerView | undefined {
  return issuer && { name: issuer.name, address: issuer.address, tax_id: issuer.taxId };
}

function toIssuer(issuer: IssuerView | null | undefined): Issuer | null | undefined {
  if (issuer === undefined || issuer === null) return issuer;
  return { name: issuer.name, address: issuer.address, taxId: issuer.tax_id };
}

type OfferView = z.output<typeof fields.starter_credits>;

function toOfferView(offer: StarterOffer | undefined): OfferView | undefined {
  if (offer === undefined) return undefined;
  const { name, amount, lastsDays, perDayMax, refusedDomains } = offer;
  return { name, amount, lasts_days: lastsDays, per_day_max: perDayMax, refused_domains: [...refusedDomains] };
}

function toOffer(offer: OfferView | null | undefined): StarterOffer | null | undefined {
  if (offer === undefined || offer === null) return offer;
  const { name, amount, lasts_days: lastsDays, per_day_max: perDayMax, refused_domains: refusedDomains } = offer;
  return { name, amount, lastsDays, perDayMax, refusedDomains };
}
