import type { ProviderEntry } from './schema.ts';
import type { Vendor } from './vendors.ts';

/**
 * Which of the many names of a model are one model. Rules, not a list, so that a model which a provider launches
 * tomorrow has its name tomorrow:
 *
 * 1. Names are compared in lower case. A provider's own prefix that says nothing (`models/`) is dropped.
 * 2. `vendor/model` loses its vendor when the vendor is in the vendors' table, and so does Bedrock's
 *    `region.vendor.model-v1:0`, with its region and its version, by its ARN as well. A namespace that nobody knows is
 *    kept: two fine-tunes with one name are two models.
 * 3. Where the vendor writes `4-5`, `4.5` is the same.
 * 4. A date at the end makes a model of its own (`gpt-4o-2024-08-06` is not `gpt-4o`, which moves), except at vendors
 *    of which every name is one dated model: there the name with the date and the name without it are the same.
 *    `datedApart` in the vendors' table lists the few that shared a name.
 * 5. Everything else that follows, above all `:free`, `:thinking` and sizes, belongs to the name. Only Ollama's
 *    `:latest`, which is what a name without a tag means there, is dropped.
 *
 * A wrong merge sends calls to another model; a missed one only to fewer deployments. So the rules merge only what the
 * two names themselves prove. Corrections of an operator win over all rules.
 */
export type ModelIdentity = {
  /** The canonical name of a provider's model. */
  readonly canonicalModel: (providerId: string, upstreamModel: string) => string;
  /** The canonical name of a model as some caller wrote it. */
  readonly canonicalName: (name: string) => string;
  /** The id of the vendor that a canonical model belongs to, by how its name begins. */
  readonly vendorOf: (canonicalModel: string) => string | undefined;
  /** The id of the vendor that is called so: by its own id, before its models at hosts of many, or as a provider. */
  readonly vendorNamed: (name: string) => string | undefined;
  /** True when the provider is the vendor of its model, not a host of somebody else's. */
  readonly isOwnVendor: (providerId: string, upstreamModel: string) => boolean;
};

/** The operator's word that this upstream model at this provider is that canonical model. */
export type IdentityCorrection = {
  readonly providerId: string;
  readonly upstreamModel: string;
  readonly canonicalModel: string;
};

/** `us.anthropic.claude-…`: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
const BEDROCK_REGION = /^(?:us-gov|us|eu|apac|ap|au|jp|ca|sa|me|af|il|mx|global)\./;
/** A profile of an account's own (`application-inference-profile`) says nothing of its model, and keeps its ARN. */
const BEDROCK_ARN = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*:\d*:(?:foundation-model|inference-profile)\//;
const SNAPSHOT_DATE = /[-@](20[2-9]\d)(-?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])$/;

/** Builds the rules from the vendors' table, the catalogue and the operator's corrections. */
export function createModelIdentity(input: {
  readonly vendors: readonly Vendor[];
  readonly entries: readonly Pick<ProviderEntry, 'id' | 'vendor' | 'identityPrefixes'>[];
  readonly corrections?: readonly IdentityCorrection[];
}): ModelIdentity {
  const byNamespace = new Map(
    input.vendors.flatMap((vendor) => vendor.namespaces.map((namespace) => [namespace, vendor] as const)),
  );
  const vendorIds = new Map(input.vendors.map(({ id }) => [id, id]));
  const families = input.vendors
    .flatMap((vendor) => vendor.families.map((family) => ({ family, vendor })))
    .sort((a, b) => b.family.length - a.family.length);
  const entries = new Map(input.entries.map((entry) => [entry.id, entry]));
  const everyPrefix = input.entries.flatMap((entry) => entry.identityPrefixes ?? []);
  const corrections = new Map(
    (input.corrections ?? []).map((row) => [correctionKey(row.providerId, row.upstreamModel), row.canonicalModel]),
  );
  const vendorByFamily = (model: string): Vendor | undefined =>
    families.find(({ family }) => model.startsWith(family))?.vendor;

  const canonicalise = (name: string, prefixes: readonly string[]): { model: string; vendor: Vendor | undefined } => {
    const lower = dropPrefix(name.trim().toLowerCase().replace(BEDROCK_ARN, ''), prefixes);
    const { model: bare, vendor: named } = splitNamespace(lower, byNamespace);
    const untagged = bare.endsWith(':latest') ? bare.slice(0, -':latest'.length) : bare;
    const vendor = named ?? vendorByFamily(untagged);
    return { model: vendor === undefined ? untagged : asVendorWrites(untagged, vendor), vendor };
  };

  const canonicalModel = (providerId: string, upstreamModel: string): string =>
    corrections.get(correctionKey(providerId, upstreamModel)) ??
    canonicalise(upstreamModel, entries.get(providerId)?.identityPrefixes ?? []).model;

  return {
    canonicalModel,
    canonicalName: (name) => canonicalise(name, everyPrefix).model,
    vendorOf: (model) => vendorByFamily(model)?.id,
    vendorNamed: (name) => byNamespace.get(name)?.id ?? vendorIds.get(name) ?? entries.get(name)?.vendor,
    isOwnVendor: (providerId, upstreamModel) => {
      const entry = entries.get(providerId);
      if (entry?.vendor === undefined) return false;
      const corrected = corrections.get(correctionKey(providerId, upstreamModel));
      const vendor =
        corrected === undefined
          ? canonicalise(upstreamModel, entry.identityPrefixes ?? []).vendor
          : vendorByFamily(corrected);
      return vendor?.id === entry.vendor;
    },
  };
}

function correctionKey(providerId: string, upstreamModel: string): string {
  return `${providerId}\n${upstreamModel}`;
}

function dropPrefix(name: string, prefixes: readonly string[]): string {
  for (const prefix of prefixes) {
    const lower = prefix.toLowerCase();
    if (name.startsWith(lower) && name.length > lower.length) return name.slice(lower.length);
  }
  return name;
}

/** Takes a known vendor off the front of `vendor/model` or of Bedrock's `[region.]vendor.model`. */
function splitNamespace(
  name: string,
  byNamespace: ReadonlyMap<string, Vendor>,
): { readonly model: string; readonly vendor: Vendor | undefined } {
  const slash = name.indexOf('/');
  if (slash > 0) {
    const vendor = byNamespace.get(name.slice(0, slash));
    const model = name.slice(slash + 1);
    return vendor === undefined || model === '' || model.includes('/')
      ? { model: name, vendor: undefined }
      : { model, vendor };
  }
  const regional = name.replace(BEDROCK_REGION, '');
  const dot = regional.indexOf('.');
  const vendor = dot > 0 ? byNamespace.get(regional.slice(0, dot)) : undefined;
  if (vendor === undefined || dot === regional.length - 1) return { model: name, vendor: undefined };
  return { model: dropBedrockVersion(regional.slice(dot + 1)), vendor };
}

/**
 * Bedrock numbers the versions of what it serves: `-v1:0`, `-v2:0`. Behind a date, or when it is the first, the number
 * says nothing more; elsewhere (`titan-embed-text-v2:0`) it is the model's own and only its `:0` goes. A third part
 * (`:0:48k`) is a variant and stays.
 */
function dropBedrockVersion(model: string): string {
  const match = /^(.+)-v(\d+)(?::0)?$/.exec(model);
  if (match === null) return model;
  const [, stem = '', version = ''] = match;
  if (SNAPSHOT_DATE.test(stem)) return stem;
  if (version === '1' && model.endsWith(':0')) return stem;
  return `${stem}-v${version}`;
}

function asVendorWrites(model: string, vendor: Vendor): string {
  const written = vendor.versionSeparator === 'hyphen' ? model.replace(/(\d)\.(?=\d)/g, '$1-') : model;
  const dated = written.replace(SNAPSHOT_DATE, '-$1$2$3$2$4');
  const undated = dated.replace(SNAPSHOT_DATE, '');
  const settled = vendor.datesAreSame === true && !(vendor.datedApart ?? []).includes(dated) ? undated : dated;
  return vendor.same?.[settled] ?? settled;
}
