import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { IdPrefix, NewId } from '../kernel/ids.ts';
import { parseJsonOrUndefined } from '../kernel/json.ts';
import type { ConnectionRow, CredentialRow, ModelRow } from '../protocol/configuration.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { ProviderCall, ProviderHttp, SecretVault } from './connection-ports.ts';
import type { CatalogueStore, ConnectionStore, CredentialStore, ModelStore } from './ports.ts';

/** Real loopback servers and stores in memory for this stage's tests. */

export const TENANT: Tenant = { organizationId: 'org_1', projectId: 'proj_1' };

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
};

export type Answer = { readonly status?: number; readonly json: unknown };

export type FakeProvider = {
  readonly origin: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  /** What the server does from now on; `undefined` answers 404. */
  answer: (request: SeenRequest) => Answer | undefined;
  readonly close: () => Promise<void>;
};

/** Starts a server on a free loopback port. */
export async function startProvider(answer: FakeProvider['answer']): Promise<FakeProvider> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => void handle(incoming, response));
  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString('utf8');
    const { method = '', url: path = '', headers } = incoming;
    const seenRequest = { method, path, headers, body: parseJsonOrUndefined(text) };
    seen.push(seenRequest);
    const { status = 200, json } = provider.answer(seenRequest) ?? { status: 404, json: { error: 'not found' } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const provider: FakeProvider = { origin: `http://127.0.0.1:${port}`, port, seen, answer, close };
  return provider;
}

/** A loopback port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await startProvider(() => undefined);
  await server.close();
  return server.port;
}

/** Calls over real sockets, with the simple auth schemes. */
export const realHttp: ProviderHttp = {
  request: (call) =>
    new Promise((resolve, reject) => {
      const url = new URL(call.url);
      const outgoing = request(
        url,
        {
          method: call.method,
          headers: { ...call.headers, ...authHeaders(call) },
          timeout: call.timeoutMs,
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        },
      );
      outgoing.on('error', (cause) => reject(new GatewayError('upstream.unreachable', { cause })));
      outgoing.end(call.body);
    }),
};

function authHeaders({ auth, secret }: ProviderCall): Record<string, string> {
  if (secret === undefined) return {};
  if (auth.scheme === 'bearer') return { authorization: `Bearer ${secret}` };
  if (auth.scheme === 'header') return { [auth.header]: secret };
  throw new Error(`not in these tests: ${auth.scheme}`);
}

/** "Seals" by writing the binding beside the text, and opens for the same binding only. */
export const bindingVault: SecretVault = {
  seal: (text, binding) => `${JSON.stringify(binding)} ${Buffer.from(text).toString('base64')}`,
  open: (sealed, binding) => {
    const prefix = `${JSON.stringify(binding)} `;
    if (!sealed.startsWith(prefix)) throw new GatewayError('vault.undecryptable');
    return Buffer.from(sealed.slice(prefix.length), 'base64').toString('utf8');
  },
};

export function countingIds(): NewId {
  let count = 0;
  return (prefix: IdPrefix) => {
    count += 1;
    return `${prefix}_${String(count).padStart(4, '0')}`;
  };
}

/** A clock that a test moves. */
export function manualClock(): Clock & { advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

export type MemoryStores = {
  readonly connections: ConnectionStore;
  readonly credentials: CredentialStore;
  readonly models: ModelStore;
  /** Sealed rows as they lie in the store. */
  readonly credentialRows: () => readonly CredentialRow[];
};

type Owned = { readonly id: string; readonly organizationId: string };

export function memoryStores(): MemoryStores {
  const connections = new Map<string, ConnectionRow>();
  const credentials = new Map<string, CredentialRow>();
  const models = new Map<string, ModelRow>();
  const own = <Row extends Owned>(rows: Map<string, Row>, tenant: Tenant) =>
    [...rows.values()].filter((row) => row.organizationId === tenant.organizationId);
  const get = <Row extends Owned>(rows: Map<string, Row>, tenant: Tenant, id: string) =>
    own(rows, tenant).find((row) => row.id === id);
  const change = <Row extends Owned>(rows: Map<string, Row>, tenant: Tenant, id: string, fields: object) => {
    const row = get(rows, tenant, id);
    if (row !== undefined) rows.set(id, { ...row, ...fields });
    return row !== undefined;
  };
  const drop = <Row extends Owned>(rows: Map<string, Row>, tenant: Tenant, id: string) =>
    get(rows, tenant, id) !== undefined && rows.delete(id);
  const dropOf = (rows: Map<string, { connectionId: string; id: string }>, connectionId: string) => {
    for (const row of rows.values()) if (row.connectionId === connectionId) rows.delete(row.id);
  };
  return {
    connections: {
      insert: async (_, row) => void connections.set(row.id, row),
      list: async (tenant) => own(connections, tenant),
      get: async (tenant, id) => get(connections, tenant, id),
      findByName: async (tenant, name) => own(connections, tenant).find((row) => row.name === name),
      update: async (tenant, id, fields, resealed = []) => {
        for (const { id: credentialId, change: sealed } of resealed) change(credentials, tenant, credentialId, sealed);
        return change(connections, tenant, id, fields);
      },
      remove: async (tenant, id) => {
        dropOf(credentials, id);
        dropOf(models, id);
        return drop(connections, tenant, id);
      },
    },
    credentials: {
      insert: async (_, row) => void credentials.set(row.id, row),
      list: async (tenant, connectionId) => own(credentials, tenant).filter((row) => row.connectionId === connectionId),
      get: async (tenant, id) => get(credentials, tenant, id),
      update: async (tenant, id, fields) => change(credentials, tenant, id, fields),
      remove: async (tenant, id) => drop(credentials, tenant, id),
      noteUses: async () => undefined,
    },
    models: {
      list: async (tenant, connectionId) => own(models, tenant).filter((row) => row.connectionId === connectionId),
      get: async (tenant, id) => get(models, tenant, id),
      insert: async (_, row) => void models.set(row.id, row),
      update: async (tenant, id, fields) => change(models, tenant, id, fields),
      remove: async (tenant, id) => drop(models, tenant, id),
      reconcile: async (tenant, input) => reconcile(models, tenant, input),
    },
    credentialRows: () => [...credentials.values()],
  };
}

function reconcile(
  models: Map<string, ModelRow>,
  tenant: Tenant,
  input: Parameters<ModelStore['reconcile']>[1],
): Awaited<ReturnType<ModelStore['reconcile']>> {
  const added: string[] = [];
  const withdrawn: string[] = [];
  const returned: string[] = [];
  const rows = [...models.values()].filter((row) => row.connectionId === input.connectionId);
  for (const { upstreamModel, facts } of input.found) {
    const row = rows.find((known) => known.upstreamModel === upstreamModel);
    if (row !== undefined) {
      if (row.withdrawnAt !== undefined) returned.push(upstreamModel);
      models.set(row.id, { ...row, facts, lastSeenAt: input.seenAt, withdrawnAt: undefined });
      continue;
    }
    added.push(upstreamModel);
    const id = input.newId();
    const { connectionId, state, origin, seenAt } = input;
    const times = { firstSeenAt: seenAt, lastSeenAt: seenAt, withdrawnAt: undefined };
    models.set(id, { ...tenant, id, connectionId, upstreamModel, state, origin, facts, ...times });
  }
  for (const row of rows) {
    const gone = !input.found.some((model) => model.upstreamModel === row.upstreamModel);
    if (!gone || row.origin === 'manual' || row.withdrawnAt !== undefined) continue;
    withdrawn.push(row.upstreamModel);
    models.set(row.id, { ...row, withdrawnAt: input.seenAt });
  }
  return { added, withdrawn, returned };
}

export function memoryCatalogueStore(): CatalogueStore {
  const rows = new Map<string, Awaited<ReturnType<CatalogueStore['list']>>[number]>();
  return {
    list: async () => [...rows.values()],
    apply: async (entries) => {
      for (const entry of entries) rows.set(entry.id, entry);
    },
    remove: async (id) => rows.delete(id),
  };
}
