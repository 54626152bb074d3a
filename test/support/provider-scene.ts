import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, parseJsonOrUndefined } from '../../src/kernel/json.ts';
import { type FinishedAnswer, readOracleFile } from './fake-upstream/oracle.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts';
import { asObject, eventually, lossesOf, requestDetail, textOf, usageRecords } from './hub-calls.ts';
import { type HubProcess, startHub } from './hub-process.ts';

/** A hub that is connected to one stand-in as a provider of each wire format. */
export type ProviderScene = {
  readonly hub: HubProcess;
  readonly upstream: FakeUpstream;
  /** A virtual key that may call everything. */
  readonly secret: string;
  /** What was called since the last time: resolves as soon as there are `calls` new records, the oldest first. */
  readonly taken: (calls: number) => Promise<readonly TakenCall[]>;
  /** Forgets what was called so far and how the stand-in was told to behave: every test begins with it. */
  readonly begin: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** One call as the hub booked it, as the provider got it, and what the provider said that it used. */
export type TakenCall = {
  readonly record: JsonObject;
  /** The fields that the hub declared as lost. */
  readonly losses: readonly string[];
  /** `undefined` where nothing was sent. */
  readonly sent: { readonly dialect: string; readonly path: string; readonly body: JsonObject } | undefined;
  /** `undefined` where there was no answer to its end. */
  readonly told: FinishedAnswer | undefined;
};

/** One model of each wire format, by the name of the format. */
export const MODEL_OF = {
  'openai-chat': 'openai-chat/gpt-5-mini',
  'openai-responses': 'openai-responses/gpt-5-mini',
  'anthropic-messages': 'anthropic-messages/claude-sonnet-4-5',
  'gemini-generate': 'gemini-generate/gemini-2.5-flash',
  'bedrock-converse': 'bedrock-converse/anthropic.claude-sonnet-4-5-20250929-v1:0',
  'ollama-chat': 'ollama-chat/fake-small',
} as const;

export type ProviderDialect = keyof typeof MODEL_OF;

// The keys of an object of our own.
export const PROVIDER_DIALECTS = Object.keys(MODEL_OF) as readonly ProviderDialect[];

const MODELS = [
  'fake-small',
  'fake-embed',
  'gpt-5-mini',
  'claude-sonnet-4-5',
  'gemini-2.5-flash',
  'anthropic.claude-sonnet-4-5-20250929-v1:0',
] as const;

/** The catalogue's entry for each wire format, and where within the stand-in it finds its base URL. */
const PROVIDERS: readonly { readonly dialect: ProviderDialect; readonly entry: string; readonly path: string }[] = [
  { dialect: 'openai-chat', entry: 'openai', path: '/v1' },
  { dialect: 'openai-responses', entry: 'openai', path: '/v1' },
  { dialect: 'anthropic-messages', entry: 'anthropic', path: '/v1' },
  { dialect: 'gemini-generate', entry: 'google', path: '/v1beta/openai' },
  { dialect: 'bedrock-converse', entry: 'amazon-bedrock', path: '' },
  { dialect: 'ollama-chat', entry: 'ollama', path: '/v1' },
];

/** Starts both and connects them. */
export async function setProviderScene(): Promise<ProviderScene> {
  const folder = await mkdtemp(join(tmpdir(), 'providers-'));
  const logFile = join(folder, 'answers.jsonl');
  const upstream = await startFakeUpstream({ models: MODELS, logFile, strict: true });
  const hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`] });
  const close = async (): Promise<void> => {
    await hub.stop();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await connectDialects(hub, upstream.url);
    const { secret } = await hub.createKey('client');
    const seen = new Set<string>();
    const taken = (calls: number): Promise<readonly TakenCall[]> => take({ hub, upstream, logFile, seen }, calls);
    const begin = async (): Promise<void> => {
      for (const record of await usageRecords(hub)) seen.add(textOf(record['request_id']));
      upstream.journal.clear();
      upstream.setScript(undefined);
    };
    return { hub, upstream, secret, taken, begin, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether a stand-in lists its models; one that does not is said to have that of `MODEL_OF`. */
export type Listing = 'listed' | 'unlisted';

/** Connects a stand-in that speaks every wire format as a provider of each, named as the format. */
export async function connectDialects(hub: HubProcess, url: string, listing: Listing = 'listed'): Promise<void> {
  for (const { dialect, path } of PROVIDERS) {
    await connectDialect(hub, { dialect, baseUrl: `${url}${path}`, listing });
  }
}

/**
 * Connects a stand-in as a provider of one wire format, named as the format: the catalogue's entry cut down to it, so that
 * a request is translated which could have passed through.
 */
export async function connectDialect(
  hub: HubProcess,
  {
    dialect,
    baseUrl,
    listing,
  }: { readonly dialect: ProviderDialect; readonly baseUrl: string; readonly listing: Listing },
): Promise<void> {
  const document = [await entryOf(hub, dialect, listing)];
  await hub.control('POST', '/catalogue/apply', { document });
  await hub.connectFake({ baseUrl }, { providerId: dialect, name: dialect });
}

/** The counts of a usage record as the stand-in's own words have them. */
export function toldUsage(told: FinishedAnswer | undefined): JsonObject {
  if (told === undefined) throw new Error('the provider did not answer to its end');
  const { promptTokens, cachedTokens, completionTokens } = told.usage;
  return { input: promptTokens - cachedTokens, cached: cachedTokens, output: completionTokens };
}

/** The counts of a usage record. The classes of a record do not overlap; here reasoning is part of the output again. */
export function bookedUsage(record: JsonObject): JsonObject {
  const usage = isJsonObject(record['usage']) ? record['usage'] : {};
  const count = (name: string): number => (typeof usage[name] === 'number' ? usage[name] : 0);
  return {
    input: count('input_tokens'),
    cached: count('cached_input_tokens'),
    output: count('output_tokens') + count('reasoning_tokens'),
  };
}

async function entryOf(hub: HubProcess, dialect: ProviderDialect, listing: Listing): Promise<JsonObject> {
  const entry = PROVIDERS.find((provider) => provider.dialect === dialect)?.entry ?? dialect;
  const { document } = asObject(await hub.control('GET', `/catalogue/providers/${entry}`));
  const { aliases: _aliases, env: _env, ...rest } = asObject(document);
  const speaks = Array.isArray(rest['speaks']) ? rest['speaks'].map(asObject) : [];
  const kept = speaks.filter((way) => way['dialect'] === dialect || isEmbeddingsOf(way, dialect));
  const models = [{ id: MODEL_OF[dialect].slice(dialect.length + 1) }];
  return {
    ...rest,
    id: dialect,
    speaks: kept.map(({ only: _only, ...way }) => way),
    ...(listing === 'listed' ? {} : { models: { from: 'catalogue', models } }),
  };
}

function isEmbeddingsOf(way: JsonObject, dialect: ProviderDialect): boolean {
  return way['operation'] === 'embeddings' && dialect === 'openai-responses';
}

type Source = {
  readonly hub: HubProcess;
  readonly upstream: FakeUpstream;
  readonly logFile: string;
  /** Request ids that were taken before. */
  readonly seen: Set<string>;
};

async function take({ hub, upstream, logFile, seen }: Source, calls: number): Promise<readonly TakenCall[]> {
  const fresh = await eventually(`${calls} new records`, async () => {
    const records = (await usageRecords(hub)).filter((record) => !seen.has(textOf(record['request_id'])));
    return records.length >= calls ? records.toReversed() : undefined;
  });
  for (const record of fresh) seen.add(textOf(record['request_id']));
  if (fresh.length !== calls) throw new Error(`expected ${calls} records, found ${fresh.length}`);
  const sent = upstream.journal.entries();
  const answered = sent.filter(({ answerId, finishedAt }) => answerId !== undefined && finishedAt !== undefined);
  const oracle = await eventually('answers in the log', async () => {
    const answers = await readOracleFile(logFile);
    return answered.every(({ answerId }) => answers.some(({ id }) => id === answerId)) ? answers : undefined;
  });
  upstream.journal.clear();
  let next = 0;
  return Promise.all(
    fresh.map(async (record) => {
      const detail = await requestDetail(hub, textOf(record['request_id']));
      const attempts = Array.isArray(detail['attempts']) ? detail['attempts'].length : 0;
      const entry = attempts === 0 ? undefined : sent[next];
      next += attempts;
      const body = entry === undefined ? undefined : parseJsonOrUndefined(entry.body.toString('utf8'));
      return {
        record,
        losses: await lossesOf(hub, textOf(record['request_id'])),
        sent: entry && { dialect: entry.dialect, path: entry.path, body: isJsonObject(body) ? body : {} },
        told: oracle.find((answer) => answer.id === entry?.answerId),
      };
    }),
  );
}
