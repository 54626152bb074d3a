import { z } from 'zod';
import { declaredShape } from '../declared/schema.ts';
import { CREDIT_DECIMALS } from '../protocol/charging.ts';
import { CONTENT_DAYS_MAX } from '../protocol/contents.ts';
import {
  count,
  duration,
  KIB,
  MIB,
  MINUTE_MS,
  SECOND_MS,
  type SettingFacts,
  setting,
  settingFacts,
  size,
} from './setting.ts';
import {
  decimal,
  hostName,
  hostPortList,
  label,
  noProxyList,
  oneOf,
  path,
  proxyAddress,
  proxyNetworkList,
  redisAddress,
  secretText,
  smtpAddress,
  storeAddress,
  text,
  webAddress,
  wholeNumber,
  yesOrNo,
} from './values.ts';

const MS = 1;
const DAY_MS = 24 * 60 * MINUTE_MS;
const GIB = 1024 * MIB;
const DAY_MINUTES = 24 * 60;
const WORKERS_MAX = 64;
const DEFAULT_PORT = 4180;
const CREDIT_NAME_MAX = 32;
const CREDIT_PREFIX_MAX = 4;
/** Credit is counted in billionths. */
const CREDIT_DECIMALS_MAX = 9;

/** A list where the bounds of the process stand is most likely meant for callers. */
const notUsageLimits = {
  error: ({ code }: { readonly code: string }) =>
    code === 'invalid_type'
      ? 'must be a map of keys and values; limits of what is used are declared under usageLimits'
      : undefined,
};

/** The settings of the process, as hub.yaml nests them. */
const processShape = {
  host: setting(hostName, {
    doc: 'Address to listen on. Anything but loopback should have TLS in front.',
    env: ['HUB_HOST'],
    flag: 'host',
    fallback: '127.0.0.1',
  }),
  port: setting(wholeNumber({ min: 0, max: 65_535 }), {
    doc: 'Port to listen on; 0 takes a free one.',
    env: ['HUB_PORT'],
    flag: 'port',
    fallback: DEFAULT_PORT,
  }),
  publicUrl: setting(webAddress, {
    doc: 'Address under which callers reach the hub; a path in it is the prefix that a proxy leaves in front.',
    env: ['HUB_PUBLIC_URL'],
    flag: 'public-url',
    fallback: undefined,
  }),
  dataDir: setting(path, {
    doc: 'Folder for the embedded store, generated secrets and journals.',
    env: ['HUB_DATA_DIR'],
    flag: 'data-dir',
    fallback: undefined,
    fallbackText: './data',
  }),
  store: setting(storeAddress, {
    doc: 'Where everything lasting is kept: `sqlite:<path>` or a `postgres://` address.',
    env: ['HUB_DATABASE_URL', 'DATABASE_URL'],
    flag: 'store',
    fallback: undefined,
    fallbackText: 'sqlite:<dataDir>/hub.db',
  }),
  workers: setting(wholeNumber({ min: 1, max: WORKERS_MAX }), {
    doc: 'Processes that share the port.',
    env: ['HUB_WORKERS'],
    flag: 'workers',
    fallback: 1,
  }),
  tls: z.strictObject({
    cert: setting(path, {
      doc: 'Certificate chain in PEM; read again when it changes.',
      env: ['HUB_TLS_CERT'],
      flag: 'tls-cert',
      fallback: undefined,
    }),
    key: setting(path, {
      doc: 'Private key of the certificate in PEM.',
      env: ['HUB_TLS_KEY'],
      flag: 'tls-key',
      fallback: undefined,
    }),
    selfSigned: setting(yesOrNo, {
      doc: 'Serve TLS with a certificate made at start, for trials.',
      env: ['HUB_TLS_SELF_SIGNED'],
      flag: 'tls-self-signed',
      fallback: false,
    }),
  }),
  trustedProxies: setting(proxyNetworkList, {
    doc: 'Proxies whose `X-Forwarded-*` headers count, by name or network.',
    env: ['HUB_TRUSTED_PROXIES'],
    fallback: [],
    fallbackText: 'none',
  }),
  egress: z.strictObject({
    allow: setting(hostPortList, {
      doc: 'Targets in private or loopback networks that connections may use, as exact `host:port`.',
      env: ['HUB_EGRESS_ALLOW'],
      fallback: [],
      fallbackText: 'none',
    }),
    caFile: setting(path, {
      doc: 'Certificates (PEM) trusted beside the built-in ones for everything that leaves.',
      env: ['HUB_CA_FILE'],
      fallback: undefined,
    }),
    httpsProxy: setting(proxyAddress, {
      doc: 'Proxy for https:// targets.',
      env: ['https_proxy', 'HTTPS_PROXY'],
      fallback: undefined,
    }),
    httpProxy: setting(proxyAddress, {
      doc: 'Proxy for http:// targets.',
      env: ['http_proxy', 'HTTP_PROXY'],
      fallback: undefined,
    }),
    noProxy: setting(noProxyList, {
      doc: 'Targets that are reached without a proxy.',
      env: ['no_proxy', 'NO_PROXY'],
      fallback: [],
      fallbackText: 'none',
    }),
  }),
  limits: z.strictObject(
    {
      bodyBytes: size('Largest request body.', 'HUB_LIMIT_BODY_BYTES', { min: KIB, max: GIB, fallback: 64 * MIB }),
      bufferedBytes: size(
        'Request bodies held in memory at once, over all requests; beyond it callers get 503.',
        'HUB_LIMIT_BUFFERED_BYTES',
        { min: KIB, max: 64 * GIB, fallback: 256 * MIB },
      ),
      headerBytes: size('Largest request head.', 'HUB_LIMIT_HEADER_BYTES', { min: KIB, max: MIB, fallback: 16 * KIB }),
      jsonDepth: count('Deepest nesting in a request.', 'HUB_LIMIT_JSON_DEPTH', { min: 8, max: 1000, fallback: 64 }),
      jsonKeys: count('Most keys in one JSON object.', 'HUB_LIMIT_JSON_KEYS', { min: 16, max: 1e6, fallback: 10_000 }),
      calls: count('Requests for models that a process has in hand at once; beyond it they wait.', 'HUB_LIMIT_CALLS', {
        min: 1,
        max: 1e6,
        fallback: 2000,
      }),
      waitingCalls: count(
        'Requests that wait for a place, each organization in turn; beyond it callers get 503 at once.',
        'HUB_LIMIT_WAITING_CALLS',
        { min: 0, max: 1e6, fallback: 500 },
      ),
      responseBytes: size('Largest answer of a provider, streamed or not.', 'HUB_LIMIT_RESPONSE_BYTES', {
        min: KIB,
        max: GIB,
        fallback: 64 * MIB,
      }),
      mediaBytes: size('Generated files kept at once, together.', 'HUB_LIMIT_MEDIA_BYTES', {
        min: MIB,
        max: 1024 * GIB,
        fallback: GIB,
      }),
    },
    notUsageLimits,
  ),
  counters: z.strictObject({
    redisUrl: setting(redisAddress, {
      doc: 'Redis or Valkey that counts what limits and budgets count, `redis://user:password@host:6379/0` or `rediss://…`. Without it PostgreSQL does, or with SQLite this machine.',
      env: ['HUB_REDIS_URL'],
      fallback: undefined,
    }),
    redisPrefix: setting(text, {
      doc: 'What keys in Redis begin with, where several hubs that are not one share it.',
      env: ['HUB_REDIS_PREFIX'],
      fallback: 'aigne-hub',
    }),
    localPercent: setting(wholeNumber({ min: 0, max: 100 }), {
      doc: 'While what counts limits is lost: how much of each limit a process admits by itself, in percent. `0`: calls that meet a limit are refused.',
      env: ['HUB_LIMITS_LOCAL_PERCENT'],
      fallback: 0,
    }),
  }),
  cache: z.strictObject({
    store: setting(oneOf(['memory', 'store', 'redis']), {
      doc: 'Where answers lie that a key or a request asks to be given again: in the memory of each process, in the store, or in Redis.',
      env: ['HUB_CACHE'],
      fallback: 'memory' as const,
    }),
    bytes: size('Answers that are kept, together: of each process, or in the store.', 'HUB_CACHE_BYTES', {
      min: MIB,
      max: 64 * GIB,
      fallback: 64 * MIB,
    }),
    redisUrl: setting(redisAddress, {
      doc: 'Redis or Valkey for answers, with `maxmemory-policy allkeys-lru`; another than that of `counters`, which may lose nothing.',
      env: ['HUB_CACHE_REDIS_URL'],
      fallback: undefined,
    }),
    isCharged: setting(yesOrNo, {
      doc: 'Whoever pays with credit pays for an answer that is given again as for the first; else nothing.',
      env: ['HUB_CACHE_CHARGED'],
      fallback: false,
    }),
  }),
  publicModels: setting(yesOrNo, {
    doc: 'Let anybody read at `/api/ai/models` which public models the hub offers; AIGNE’s clients ask without a key.',
    env: ['HUB_PUBLIC_MODELS'],
    fallback: true,
  }),
  media: z.strictObject({
    keptMs: duration(
      'How long a generated file can be fetched from the address that its caller was given.',
      'HUB_MEDIA_KEPT',
      {
        min: MINUTE_MS,
        max: 7 * DAY_MS,
        fallback: 60 * MINUTE_MS,
      },
    ),
  }),
  mail: z.strictObject({
    smtpUrl: setting(smtpAddress, {
      doc: 'Mail server, `smtp://user:password@host:587` or `smtps://…`. Without one, mails are shown on the console.',
      env: ['HUB_SMTP_URL'],
      fallback: undefined,
    }),
    from: setting(text, {
      doc: 'Sender of mails, such as `AIGNE Hub <hub@example.com>`.',
      env: ['HUB_MAIL_FROM'],
      fallback: undefined,
    }),
    replyTo: setting(text, {
      doc: 'Where answers to mails go, where it is not the sender.',
      env: ['HUB_MAIL_REPLY_TO'],
      fallback: undefined,
    }),
  }),
  timeouts: z.strictObject({
    connectMs: duration('Until a provider’s connection stands.', 'HUB_TIMEOUT_CONNECT', {
      min: 10 * MS,
      max: 5 * MINUTE_MS,
      fallback: 10 * SECOND_MS,
    }),
    firstByteMs: duration('Until a provider’s answer begins.', 'HUB_TIMEOUT_FIRST_BYTE', {
      min: 10 * MS,
      max: DAY_MS,
      fallback: 120 * SECOND_MS,
    }),
    idleMs: duration('Longest silence within an answer.', 'HUB_TIMEOUT_IDLE', {
      min: 10 * MS,
      max: DAY_MS,
      fallback: 120 * SECOND_MS,
    }),
    totalMs: duration('Longest request from first to last byte.', 'HUB_TIMEOUT_TOTAL', {
      min: 10 * MS,
      max: DAY_MS,
      fallback: 30 * MINUTE_MS,
    }),
  }),
  drain: z.strictObject({
    graceMs: duration(
      'At shutdown, how long `/readyz` says 503 before new connections are refused; behind a load balancer, longer than its check interval.',
      'HUB_DRAIN_GRACE',
      { min: 0, max: 10 * MINUTE_MS, fallback: 0 },
    ),
    timeoutMs: duration('At shutdown, how long running requests may take to finish.', 'HUB_DRAIN_TIMEOUT', {
      min: 0,
      max: DAY_MS,
      fallback: 600 * SECOND_MS,
    }),
  }),
  discovery: z.strictObject({
    localServers: setting(yesOrNo, {
      doc: 'Look for Ollama, LM Studio, vLLM and llama.cpp on their usual loopback ports.',
      env: ['HUB_DISCOVER_LOCAL'],
      fallback: true,
    }),
    refreshMinutes: count('Minutes between two readings of a provider’s list of models.', 'HUB_REFRESH_MINUTES', {
      min: 1,
      max: 30 * DAY_MINUTES,
      fallback: 60,
    }),
  }),
  records: z.strictObject({
    keepDays: setting(wholeNumber({ min: 1, max: 36_500 }), {
      doc: 'Days for which the records of single requests are kept; sums stay. Without it they are kept for good.',
      env: ['HUB_RECORDS_KEEP_DAYS'],
      fallback: undefined,
    }),
    archive: setting(yesOrNo, {
      doc: 'Write records into `archiveDir` before they are deleted.',
      env: ['HUB_RECORDS_ARCHIVE'],
      fallback: true,
    }),
    archiveDir: setting(path, {
      doc: 'Folder for records that are deleted from the store.',
      env: ['HUB_RECORDS_ARCHIVE_DIR'],
      fallback: undefined,
      fallbackText: '<dataDir>/archive',
    }),
    contentDays: setting(wholeNumber({ min: 0, max: CONTENT_DAYS_MAX }), {
      doc: 'Days for which organizations may have the content of their requests stored, at most; `0`: none may.',
      env: ['HUB_RECORDS_CONTENT_DAYS'],
      fallback: CONTENT_DAYS_MAX,
    }),
  }),
  credit: z.strictObject({
    enabled: setting(yesOrNo, {
      doc: 'Calls are paid for with credit: chats, completions, embeddings, pictures, speech, transcriptions and films. This and what follows here operators may set on the dashboard instead; what is given rules.',
      env: ['HUB_CREDIT'],
      fallback: undefined,
      fallbackText: 'false',
    }),
    priceUsd: setting(decimal({ places: 9, max: 1_000_000 }), {
      doc: 'What one credit is worth, in dollars.',
      env: ['HUB_CREDIT_PRICE_USD'],
      fallback: undefined,
      fallbackText: '1',
    }),
    marginPercent: setting(decimal({ places: 4, max: 10_000 }), {
      doc: 'What is added to the provider’s cost, in percent of it.',
      env: ['HUB_CREDIT_MARGIN_PERCENT'],
      fallback: undefined,
      fallbackText: '0',
    }),
    low: setting(decimal({ places: 9, max: 1_000_000 }), {
      doc: 'Credits at which an organization is told that little is left; `0`: it is not told.',
      env: ['HUB_CREDIT_LOW'],
      fallback: undefined,
      fallbackText: '1',
    }),
    purchaseUrl: setting(webAddress, {
      doc: 'Where whoever is out of credit gets more; told with the refusal, with `customer_id` and `return_url` added.',
      env: ['HUB_CREDIT_PURCHASE_URL'],
      fallback: undefined,
    }),
    usageSeconds: count(
      'How often webhooks that want `customer.usage` are told what customers used, in seconds.',
      'HUB_CREDIT_USAGE_SECONDS',
      { min: 1, max: 86_400, fallback: 60 },
    ),
    name: setting(label({ max: CREDIT_NAME_MAX }), {
      doc: 'What credits are called behind an amount. Where it is missing: “credits”, in the language that is spoken.',
      env: ['HUB_CREDIT_NAME'],
      fallback: undefined,
    }),
    prefix: setting(label({ max: CREDIT_PREFIX_MAX }), {
      doc: 'What stands before amounts of credit. AIGNE’s clients are told `$`, `€` and `¥` alone: they refuse others.',
      env: ['HUB_CREDIT_PREFIX'],
      fallback: undefined,
    }),
    decimals: setting(wholeNumber({ min: 0, max: CREDIT_DECIMALS_MAX }), {
      doc: 'Decimals that amounts of credit are shown with; they are counted in billionths.',
      env: ['HUB_CREDIT_DECIMALS'],
      fallback: undefined,
      fallbackText: String(CREDIT_DECIMALS),
    }),
  }),
  payments: z.strictObject({
    stripeUrl: setting(webAddress, {
      doc: 'Where Stripe’s API is called; for a double of it in tests.',
      env: ['HUB_STRIPE_URL'],
      fallback: 'https://api.stripe.com',
    }),
  }),
  simulated: setting(oneOf(['auto', 'on', 'off']), {
    doc: 'The simulated provider: `auto` serves it while nothing else is connected.',
    env: ['HUB_SIMULATED'],
    flag: 'simulated',
    fallback: 'auto' as const,
  }),
  masterKey: z.strictObject({
    value: setting(secretText, {
      doc: 'The master key itself, in base64, from the environment only.',
      env: ['HUB_MASTER_KEY'],
      fallback: undefined,
      inFile: false,
    }),
    file: setting(path, {
      doc: 'File that holds the master key; made at first start where it is missing.',
      env: ['HUB_MASTER_KEY_FILE'],
      fallback: undefined,
      fallbackText: '<dataDir>/secrets/master.key',
    }),
    command: setting(text, {
      doc: 'Command that prints the master key, such as a call to a key management service.',
      env: ['HUB_MASTER_KEY_COMMAND'],
      fallback: undefined,
    }),
  }),
  log: z.strictObject({
    level: setting(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), {
      doc: 'The least important log lines that are written.',
      env: ['HUB_LOG_LEVEL'],
      flag: 'log-level',
      fallback: 'info' as const,
    }),
  }),
  metrics: z.strictObject({
    access: setting(oneOf(['admin', 'loopback', 'open']), {
      doc: 'Who may read `/metrics`: whoever has the admin token, also callers on this machine without it, or everyone.',
      env: ['HUB_METRICS_ACCESS'],
      fallback: 'admin' as const,
    }),
  }),
  catalogue: z.strictObject({
    file: setting(path, {
      doc: 'A newer catalogue of providers, as a file.',
      env: ['HUB_CATALOGUE_FILE'],
      fallback: undefined,
    }),
    url: setting(webAddress, {
      doc: 'A newer catalogue of providers, as an address that is asked on the refresh schedule.',
      env: ['HUB_CATALOGUE_URL'],
      fallback: undefined,
    }),
  }),
  priceCatalogue: z.strictObject({
    file: setting(path, {
      doc: 'A list of what models cost, as a file: the hub’s own form or LiteLLM’s. What differs has to be approved.',
      env: ['HUB_PRICE_CATALOGUE_FILE'],
      fallback: undefined,
    }),
    url: setting(webAddress, {
      doc: 'The same as an address that is asked every six hours.',
      env: ['HUB_PRICE_CATALOGUE_URL'],
      fallback: undefined,
    }),
  }),
};

/** Everything that hub.yaml may hold; flags and environment are laid over it before it is parsed. */
export const hubFileSchema = z.strictObject({ ...processShape, ...declaredShape });

export type ParsedHubFile = z.output<typeof hubFileSchema>;

/** One setting with its place in hub.yaml. */
export type SettingEntry = { readonly path: readonly string[]; readonly facts: SettingFacts };

/** Lists every setting of the process, in the order of the schema. */
export function listSettings(): readonly SettingEntry[] {
  const entries: SettingEntry[] = [];
  const walk = (shape: Readonly<Record<string, z.core.$ZodType>>, path: readonly string[]): void => {
    for (const [key, schema] of Object.entries(shape)) {
      const facts = settingFacts.get(schema);
      if (facts !== undefined) entries.push({ path: [...path, key], facts });
      else if (schema instanceof z.ZodObject) walk(schema.shape, [...path, key]);
    }
  };
  walk(processShape, []);
  return entries;
}
