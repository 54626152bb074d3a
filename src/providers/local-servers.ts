import { GatewayError } from '../kernel/errors.ts';
import type { ProviderHttp } from './connection-ports.ts';
import { listProviderModels } from './provider-calls.ts';
import { isLoopbackHost, type ProviderEntry, parameterNames } from './schema.ts';

/** A server on this machine answers at once or is not there. */
export const LOCAL_PROBE_TIMEOUT_MS = 700;

/** A model server that answers on its usual address on this machine. */
export type LocalServer = {
  readonly entry: ProviderEntry;
  readonly baseUrl: string;
  readonly models: readonly string[];
};

/**
 * Looks for the model servers that the catalogue calls local, all at the same time, on the loopback addresses that it
 * names. What does not answer as that server would is not there: common ports are shared with anything.
 */
export async function findLocalServers(input: {
  readonly entries: readonly ProviderEntry[];
  readonly http: ProviderHttp;
  readonly timeoutMs?: number;
}): Promise<readonly LocalServer[]> {
  const { http, timeoutMs = LOCAL_PROBE_TIMEOUT_MS } = input;
  const found = await Promise.all(
    input.entries.filter(isOnItsUsualPort).map((entry) => lookForServer(entry, http, timeoutMs)),
  );
  return found.filter((server) => server !== undefined);
}

function isOnItsUsualPort(entry: ProviderEntry): boolean {
  if (entry.local !== true || entry.simulated === true || parameterNames(entry.baseUrl).length > 0) return false;
  return isLoopbackHost(new URL(entry.baseUrl).hostname);
}

async function lookForServer(
  entry: ProviderEntry,
  http: ProviderHttp,
  timeoutMs: number,
): Promise<LocalServer | undefined> {
  const { baseUrl, models: source } = entry;
  if (source.from !== 'list') return undefined;
  try {
    const list = await listProviderModels(http, { entry, baseUrl, secret: undefined }, source, timeoutMs);
    if (source.ownedBy !== undefined && list.ownedBy !== source.ownedBy) return undefined;
    return { entry, baseUrl, models: list.models.map((model) => model.upstreamModel) };
  } catch (error) {
    // Nothing there, something else there, or a server that wants a key: none can be connected by itself.
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
