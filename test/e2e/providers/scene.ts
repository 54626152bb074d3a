import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import { P } from '../../costs/prices.ts';
import { type FinishedAnswer, readOracleFile } from '../../support/fake-upstream/oracle.ts';
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import { asObject, eventually, listOf, textOf } from '../../support/hub-calls.ts';
import { type HubProcess, startHub } from '../../support/hub-process.ts';
import { PROVIDER_CASES } from './index.ts';
import { BEDROCK_KEY } from './own-formats.ts';
import type { ProviderCase } from './provider-case.ts';

/** A hub with every provider connected, each a stand-in of its own. */
export type Scene = {
  readonly hub: HubProcess;
  readonly client: OpenAI;
  readonly of: (entry: string) => Connected;
  readonly close: () => Promise<void>;
};

export type Connected = {
  readonly upstream: FakeUpstream;
  readonly connectionId: string;
  /** What it said that an answer used, by the answer's id in the journal. */
  readonly toldOf: (answerId: string | undefined) => Promise<FinishedAnswer>;
};

/** The operator's prices: dollars for a million, of which each is a prime number of nano-dollars for one. */
const PRICES: readonly (readonly [string, bigint])[] = [
  ['input', P.input],
  ['cached-input', P.cachedInput],
  ['cache-write-5m', P.cacheWrite5m],
  ['cache-write-1h', P.cacheWrite1h],
  ['output', P.output],
  ['reasoning', P.reasoning],
];

/** Starts a hub and ten providers, connects them as an operator would, and sets their prices. */
export async function setScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'ten-providers-'));
  const upstreams = new Map<string, FakeUpstream>();
  for (const provider of PROVIDER_CASES) {
    upstreams.set(provider.entry, await startStandIn(provider, logFileIn(folder, provider.entry)));
  }
  const hub = await startHub({ allow: [...upstreams.values()].map(({ port }) => `127.0.0.1:${port}`) });
  const close = async (): Promise<void> => {
    await hub.stop();
    for (const upstream of upstreams.values()) await upstream.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const connected = new Map<string, Connected>();
    for (const provider of PROVIDER_CASES) {
      const upstream = found(upstreams, provider.entry);
      const connectionId = await connect(hub, provider, upstream);
      const logFile = logFileIn(folder, provider.entry);
      const toldOf = (answerId: string | undefined): Promise<FinishedAnswer> =>
        eventually('the answer in the log', async () =>
          (await readOracleFile(logFile)).find(({ id }) => id === answerId),
        );
      connected.set(provider.entry, { upstream, connectionId, toldOf });
    }
    const { secret } = await hub.createKey('openai-sdk');
    const client = new OpenAI({ baseURL: `${hub.address}/v1`, apiKey: secret, maxRetries: 0 });
    return { hub, client, of: (entry) => found(connected, entry), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The one credential of a connection. */
export async function credentialOf(hub: HubProcess, connectionId: string): Promise<JsonObject> {
  const [credential] = await listOf(hub, `/connections/${connectionId}/credentials`);
  return asObject(credential);
}

function startStandIn(provider: ProviderCase, logFile: string): Promise<FakeUpstream> {
  const { entry, model, other, more = [], secret, manner } = provider;
  const isSigned = entry === 'amazon-bedrock';
  return startFakeUpstream({
    models: [model, other, ...more],
    logFile,
    // The real one is the only one that refuses what it does not know.
    strict: entry === 'openai',
    ...(manner === undefined ? {} : { manner }),
    ...(secret === '' || isSigned ? {} : { credentials: [secret] }),
    ...(isSigned ? { awsKeys: [BEDROCK_KEY] } : {}),
  });
}

async function connect(hub: HubProcess, provider: ProviderCase, upstream: FakeUpstream): Promise<string> {
  const { entry, basePath, secret, model } = provider;
  const created = asObject(
    await hub.control('POST', '/connections', {
      provider_id: entry,
      name: entry,
      base_url: `${upstream.url}${basePath}`,
      ...(secret === '' ? {} : { credential: { secret } }),
    }),
  );
  const refresh = asObject(created['refresh']);
  if (isJsonObject(refresh['error'])) throw new Error(`${entry}: ${JSON.stringify(refresh['error'])}`);
  await hub.control('POST', '/prices', {
    provider_id: entry,
    model,
    prices: PRICES.map(([unit, nano]) => ({ unit, usd_per_million: `0.${nano}` })),
  });
  return textOf(asObject(created['connection'])['id']);
}

function logFileIn(folder: string, entry: string): string {
  return join(folder, `${entry}.jsonl`);
}

function found<T>(values: ReadonlyMap<string, T>, entry: string): T {
  const value = values.get(entry);
  if (value === undefined) throw new Error(`${entry} is not among the providers`);
  return value;
}
