import { z } from 'zod';
import { OPERATIONS } from '../protocol/operation.ts';

/** The longest document that a catalogue entry may be, in characters; a real one has under 3,000. */
export const ENTRY_CHARACTERS_MAX = 64_000;

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PARAMETER = /\{([a-zA-Z][a-zA-Z0-9]{0,31})\}/g;
const DEFAULT_PARAMETER_PATTERN = '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$';
const HEADER_NAME = /^[a-z][a-z0-9-]{0,63}$/;
const HEADERS_OF_AUTHENTICATION = new Set([
  'authorization',
  'cookie',
  'host',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
]);

const slug = z.string().regex(SLUG, 'lower-case letters, digits and hyphens, at most 63');
const text = z.string().trim().min(1).max(200);
const environmentVariable = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'a variable name in capitals');
const path = z.string().regex(/^\/[A-Za-z0-9_./?=&:-]{0,200}$/, 'a path that begins with a slash');

/** Wire formats that an entry may name; `src/dialects/` has a folder for each. */
export const dialectSchema = z.enum([
  'openai-chat',
  'openai-responses',
  'openai-media',
  'anthropic-messages',
  'bedrock-converse',
  'gemini-generate',
  'gemini-media',
  'ollama-chat',
  'ark-media',
]);

/** How a credential signs a request. `optional` is for servers that ask for a key only when they are told to. */
export const authSchemeSchema = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('none') }),
  z.strictObject({ scheme: z.literal('bearer'), optional: z.literal(true).optional() }),
  z.strictObject({ scheme: z.literal('header'), header: z.string().regex(HEADER_NAME) }),
  /** The secret is `accessKeyId:secretAccessKey` or `accessKeyId:secretAccessKey:sessionToken`. */
  z.strictObject({ scheme: z.literal('aws-sigv4'), service: z.string().regex(/^[a-z0-9-]{1,40}$/) }),
]);

/** How much to think, from the least to the most. */
const EFFORTS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Fields of a request that an entry may name as refused. */
const refusableField = z.string().regex(/^[a-z_]{1,40}$/, 'the name of a request field');

/** What a provider does differently from the dialect's own documentation. Closed: a new quirk needs code. */
export const quirksSchema = z.strictObject({
  /** The only field that limits the answer's tokens; without it either name is accepted. */
  maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
  /** `stream_options` is refused with an error; it must not be added, and is taken out if a caller sent it. */
  noStreamOptions: z.literal(true).optional(),
  /** A stream reports usage whether or not it was asked to. */
  streamUsageAlways: z.literal(true).optional(),
  /** A stream reports usage in this place as well as, or instead of, a top-level `usage`. */
  usageIn: z.enum(['x_groq.usage']).optional(),
  /** Top-level request fields that are answered with an error; left out, and told as losses. */
  refuses: z.array(refusableField).min(1).max(32).optional(),
  /** Instructions are taken as `system` only. */
  noDeveloperRole: z.literal(true).optional(),
  /** Structured output knows `json_object` and no schema. */
  jsonObjectOnly: z.literal(true).optional(),
  /** The field in which reasoning is given, and taken back with an assistant's message. */
  reasoningField: z.enum(['reasoning_content', 'reasoning']).optional(),
  /** Thinking is switched by `thinking: { type }` and not by `reasoning_effort` alone. */
  thinkingField: z.literal(true).optional(),
  /** Values of `reasoning_effort` that are taken beside that switch. */
  thinkingEfforts: z.array(z.enum(EFFORTS)).min(1).optional(),
  /** Anthropic's `cache_control` is read within messages. */
  cacheControl: z.literal(true).optional(),
  /** Pictures are taken as `data:` URLs only. */
  noImageUrls: z.literal(true).optional(),
});

const operationSchema = z.strictObject({
  operation: z.enum(OPERATIONS),
  dialect: dialectSchema,
  /** Joined to the base URL. A dialect that puts the model or a verb behind it does so itself. */
  path,
  /** What `path` is joined to: the base URL (the default) or its origin. */
  relativeTo: z.enum(['baseUrl', 'origin']).optional(),
  /** Model ids (`*` matches any run of characters) that know this operation in this dialect alone. */
  only: z
    .array(z.string().regex(/^[A-Za-z0-9._:*/-]{1,100}$/))
    .min(1)
    .max(64)
    .optional(),
  /** Model ids that this way serves; without it, all of the provider's that no way of the same dialect names. */
  models: z
    .array(z.string().regex(/^[A-Za-z0-9._:*/-]{1,100}$/))
    .min(1)
    .max(64)
    .optional(),
  /** How a call of this operation is signed, where it is not as `auth` of the entry says. */
  auth: authSchemeSchema.optional(),
  quirks: quirksSchema.optional(),
});

/** How the provider's models are found: asked of its own list, or named here where it has none. */
export const modelSourceSchema = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('list'),
    path,
    /** What `path` is joined to: the base URL (the default) or its origin. */
    relativeTo: z.enum(['baseUrl', 'origin']).optional(),
    shape: z.enum(['openai', 'ollama-tags', 'anthropic', 'gemini', 'bedrock']),
    /** The list may be answered without a credential, so that it proves nothing about one. */
    public: z.literal(true).optional(),
    /** What `owned_by` says in every row of this server's list; tells servers on a common port apart. */
    ownedBy: z.string().min(1).max(64).optional(),
  }),
  z.strictObject({
    from: z.literal('catalogue'),
    models: z
      .array(
        z.strictObject({
          id: z.string().min(1).max(256),
          contextTokens: z.int().positive().optional(),
          embeddingDimensions: z.int().positive().optional(),
        }),
      )
      .max(1000),
  }),
]);

/** Well-known variables that connect the provider at start. */
const environmentSchema = z.strictObject({
  /** The first that is set is the secret. */
  secret: z.array(environmentVariable).max(8).optional(),
  /** Used when none of `secret` is set: the values joined with colons; all but those marked optional must be set. */
  secretParts: z
    .array(z.strictObject({ name: environmentVariable, optional: z.literal(true).optional() }))
    .max(4)
    .optional(),
  /** The first that is set replaces the base URL. */
  baseUrl: z.array(environmentVariable).max(4).optional(),
  /** The first that is set replaces scheme, host and port of the base URL; `host:port` and bare hosts are accepted. */
  host: z.array(environmentVariable).max(4).optional(),
  /** Values of base URL parameters. */
  params: z.record(z.string(), z.array(environmentVariable).min(1).max(4)).optional(),
});

const parameterSchema = z.strictObject({
  description: text,
  example: z.string().min(1).max(200),
  default: z.string().min(1).max(200).optional(),
  /** A regular expression that a value must match; host-name labels when it is not given. */
  pattern: z.string().min(1).max(200).optional(),
});

const entryObject = z.strictObject({
  id: slug,
  name: text,
  /** The page that the entry's facts came from. */
  docs: z.url({ protocol: /^https?$/ }).max(500),
  /** Without a trailing slash; `{name}` stands for a parameter of `params`. */
  baseUrl: z.string().min(1).max(500),
  params: z.record(z.string(), parameterSchema).optional(),
  auth: authSchemeSchema,
  /** Fixed headers that every request carries. */
  headers: z.record(z.string().regex(HEADER_NAME), z.string().max(200)).optional(),
  speaks: z.array(operationSchema).min(1).max(16),
  models: modelSourceSchema,
  /** A GET that needs a credential and costs nothing, for providers whose list is public. */
  check: z.strictObject({ path }).optional(),
  env: environmentSchema.optional(),
  /** Other names that callers and operators use for it. */
  aliases: z.array(slug).max(16).optional(),
  /** The vendor (of the vendors' table) whose models are this provider's own. */
  vendor: slug.optional(),
  /** Beginnings of this provider's model ids that say nothing about the model, such as `models/`. */
  identityPrefixes: z.array(z.string().min(1).max(100)).max(16).optional(),
  /** Runs on the operator's own machines. */
  local: z.literal(true).optional(),
  /** Made by the hub itself to try things out; never a real model. */
  simulated: z.literal(true).optional(),
  /** `local`: priced zero explicitly; otherwise the provider's id in the price library. Absent: no known prices. */
  pricing: z.string().min(1).max(64).optional(),
  /** What an operator should know, in one or two sentences. */
  note: z.string().min(1).max(500).optional(),
});

/**
 * One provider: who answers, where, and how. Strict: an unknown key is an error, so that a typing mistake never passes
 * for a setting.
 */
export const providerEntrySchema = entryObject.superRefine((entry, context) => {
  const fault = (message: string, ...at: (string | number)[]) =>
    context.addIssue({ code: 'custom', message, path: at });
  for (const message of baseUrlFaults(entry)) fault(message, 'baseUrl');
  for (const [name, parameter] of Object.entries(entry.params ?? {})) {
    const pattern = compilePattern(parameter.pattern ?? DEFAULT_PARAMETER_PATTERN);
    if (pattern === undefined) fault('is not a regular expression', 'params', name, 'pattern');
    else if (!pattern.test(parameter.example)) fault('does not match the pattern', 'params', name, 'example');
    else if (parameter.default !== undefined && !pattern.test(parameter.default)) {
      fault('does not match the pattern', 'params', name, 'default');
    }
  }
  for (const name of Object.keys(entry.headers ?? {})) {
    if (HEADERS_OF_AUTHENTICATION.has(name)) fault('belongs to the auth scheme', 'headers', name);
  }
  for (const name of Object.keys(entry.env?.params ?? {})) {
    if (entry.params?.[name] === undefined) fault('is not a declared parameter', 'env', 'params', name);
  }
  const seen = new Set<string>();
  entry.speaks.forEach((spoken, index) => {
    // A second way of the same operation and dialect is for models of its own, to which it goes before the general one.
    const key = `${spoken.operation} ${spoken.dialect} ${spoken.models?.join() ?? ''}`;
    if (seen.has(key)) fault('names this operation and dialect twice for the same models', 'speaks', index);
    seen.add(key);
  });
});

export type ProviderEntry = z.infer<typeof providerEntrySchema>;
export type AuthScheme = z.infer<typeof authSchemeSchema>;
export type SpokenOperation = ProviderEntry['speaks'][number];

/** Names of the parameters that a base URL holds, in order. */
export function parameterNames(baseUrl: string): readonly string[] {
  return [...baseUrl.matchAll(PARAMETER)].map((match) => match[1] ?? '');
}

/**
 * Fills a base URL's parameters, with the declared default where no value is given.
 * Returns the name of the first parameter that has no usable value instead when there is one.
 */
export function fillBaseUrl(
  entry: Pick<ProviderEntry, 'baseUrl' | 'params'>,
  values: Readonly<Record<string, string>>,
): { readonly baseUrl: string } | { readonly badParameter: string } {
  let baseUrl = entry.baseUrl;
  for (const name of parameterNames(entry.baseUrl)) {
    const declared = entry.params?.[name];
    const value = values[name] ?? declared?.default;
    const pattern = compilePattern(declared?.pattern ?? DEFAULT_PARAMETER_PATTERN);
    if (value === undefined || pattern === undefined || !pattern.test(value)) return { badParameter: name };
    baseUrl = baseUrl.replaceAll(`{${name}}`, value);
  }
  return { baseUrl };
}

/** True for names and addresses of this machine itself. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** True for names and addresses that no public network routes: private ranges, single labels, `.local`, `.internal`. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase();
  if (isLoopbackHost(host)) return true;
  if (/^(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}$/.test(host)) return true;
  if (/^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])(?:\.\d{1,3}){2}$/.test(host)) return true;
  if (/^\[f[cd][0-9a-f]{2}:/.test(host)) return true;
  return /^[a-z][a-z0-9-]*$/.test(host) || /\.(?:local|internal|lan)$/.test(host);
}

/** What is wrong with an entry's base URL, as sentences; empty when nothing is. */
function baseUrlFaults(entry: z.infer<typeof entryObject>): string[] {
  const faults: string[] = [];
  const names = parameterNames(entry.baseUrl);
  for (const name of names)
    if (entry.params?.[name] === undefined) faults.push(`has an undeclared parameter {${name}}`);
  for (const name of Object.keys(entry.params ?? {})) {
    if (!names.includes(name)) faults.push(`does not use the declared parameter {${name}}`);
  }
  let filled = entry.baseUrl;
  for (const name of names) filled = filled.replaceAll(`{${name}}`, entry.params?.[name]?.example ?? 'x');
  const url = URL.canParse(filled) ? new URL(filled) : undefined;
  if (url === undefined) return [...faults, 'is not a URL'];
  if (url.username !== '' || url.password !== '') faults.push('must not hold a user name or password');
  if (url.search !== '' || url.hash !== '') faults.push('must not hold a query or fragment');
  if (filled.endsWith('/')) faults.push('must not end with a slash');
  const mayBeHttp = isLoopbackHost(url.hostname) || (entry.local === true && isPrivateHost(url.hostname));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBeHttp)) {
    faults.push('must be https; http is for this machine and, where `local` is set, for private networks only');
  }
  return faults;
}

function compilePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
