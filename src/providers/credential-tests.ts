import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { CredentialRow } from '../protocol/configuration.ts';
import { takesChatToTell } from '../protocol/refused-credential.ts';
import type { Tenant } from '../protocol/tenant.ts';
import {
  type ConnectedEntry,
  type ConnectionContext,
  needsSecret,
  openSecret,
  requireConnected,
  requireCredential,
} from './connection-context.ts';
import type { ProviderHttp } from './connection-ports.ts';
import { type CredentialTest, refusalReason, setCredentialAside, stateChange } from './credentials.ts';
import { likelyChatModels } from './model-kinds.ts';
import {
  type CallTarget,
  getFromProvider,
  isRefusedCredential,
  listProviderModels,
  tryOneTokenChat,
  tryWrittenChat,
} from './provider-calls.ts';
import type { ProviderEntry, SpokenOperation } from './schema.ts';

/** How long what was set aside waits for another try, at first and at most; each that fails doubles it. */
const RECHECK_MS_MIN = 5_000;
const RECHECK_MS_MAX = 3 * 60 * 60_000;

/** Tries credentials at their providers, and notes on them what came of it. */
export type CredentialTestService = {
  /** Tries a credential at its provider: 401 sets it aside, success takes it back. Never throws for a failed test. */
  readonly testCredential: (tenant: Tenant, credentialId: string) => Promise<CredentialTest>;
  /** Tries every credential of a connection, or its bare address when it has none. */
  readonly testConnection: (tenant: Tenant, connectionId: string) => Promise<readonly CredentialTest[]>;
  /**
   * Tries what was set aside again where its time has come, on every connection, until `signal` is aborted: soon at first, and
   * less often with every try that fails.
   */
  readonly recheckSetAside: (
    tenant: Tenant,
    signal?: AbortSignal,
  ) => Promise<{ readonly tried: number; readonly restored: number }>;
};

export function createCredentialTestService(context: ConnectionContext): CredentialTestService {
  const { credentials, connections, clock } = context;
  const waits = new Map<string, Wait>();

  const testOne = async (tenant: Tenant, connected: ConnectedEntry, credential: CredentialRow | undefined) => {
    const startedAt = clock.monotonic();
    const outcome = await tryCredential(context, tenant, connected, credential);
    if (credential !== undefined) await noteOutcome(context, tenant, credential, outcome.error);
    return { ...outcome, credentialId: credential?.id, durationMs: clock.monotonic() - startedAt };
  };

  return {
    testCredential: async (tenant, credentialId) => {
      const credential = await requireCredential(context, tenant, credentialId);
      return await testOne(tenant, await requireConnected(context, tenant, credential.connectionId), credential);
    },

    testConnection: async (tenant, connectionId) => {
      const connected = await requireConnected(context, tenant, connectionId);
      const present = await credentials.list(tenant, connectionId);
      if (present.length === 0) return [await testOne(tenant, connected, undefined)];
      const results: CredentialTest[] = [];
      // One after the other, so that a test does not itself run into the provider's rate limit.
      for (const credential of present) results.push(await testOne(tenant, connected, credential));
      return results;
    },

    recheckSetAside: async (tenant, signal) => {
      let tried = 0;
      let restored = 0;
      const nowMs = clock.monotonic();
      for (const connection of await connections.list(tenant)) {
        const entry = context.catalogue().find(connection.providerId);
        if (entry === undefined || !connection.enabled) continue;
        const aside = (await credentials.list(tenant, connection.id)).filter((row) => row.state === 'set_aside');
        for (const credential of aside) {
          if (signal?.aborted === true) return { tried, restored };
          const wait = waitOf(waits.get(credential.id), credential);
          if (nowMs < wait.untilMs) continue;
          tried += 1;
          const test = await testOne(tenant, { connection, entry }, credential);
          if (test.error === undefined) restored += 1;
          const nextMs = Math.min(wait.nextMs * 2, RECHECK_MS_MAX);
          waits.set(credential.id, { since: wait.since, untilMs: clock.monotonic() + nextMs, nextMs });
        }
      }
      return { tried, restored };
    },
  };
}

/** When a credential that was set aside is tried again. */
type Wait = {
  /** When it was set aside: one that is so anew begins anew. */
  readonly since: number | undefined;
  readonly untilMs: number;
  readonly nextMs: number;
};

/** What is not known here was set aside lately, or before this process began: it is tried at once. */
function waitOf(known: Wait | undefined, { stateChangedAt: since }: CredentialRow): Wait {
  return known !== undefined && known.since === since ? known : { since, untilMs: 0, nextMs: RECHECK_MS_MIN / 2 };
}

type Outcome = Pick<CredentialTest, 'by' | 'modelCount' | 'error'>;

async function tryCredential(
  context: ConnectionContext,
  tenant: Tenant,
  connected: ConnectedEntry,
  credential: CredentialRow | undefined,
): Promise<Outcome> {
  const { connection, entry } = connected;
  const http = context.httpOf(tenant);
  let by: CredentialTest['by'];
  try {
    if (credential === undefined && needsSecret(entry)) throw new GatewayError('provider.no_credential');
    const secret = credential === undefined ? undefined : await openSecret(context, tenant, connection, credential);
    const target: CallTarget = { entry, baseUrl: connection.baseUrl, secret };
    const needsAnswer = takesChatToTell(credential?.stateReason);
    if (entry.check !== undefined && !needsAnswer) {
      by = 'check';
      await getFromProvider(http, target, { path: entry.check.path });
      return { by, modelCount: undefined, error: undefined };
    }
    // A list that is shown to everybody proves an address, never a secret.
    if (!needsAnswer && entry.models.from === 'list' && (secret === undefined || entry.models.public !== true)) {
      by = 'list';
      const list = await listProviderModels(http, target, entry.models);
      return { by, modelCount: list.models.length, error: undefined };
    }
    const model = await modelToTry(context, tenant, connected);
    by = 'chat';
    await tryChat({ http, writeSmallestChat: context.writeSmallestChat }, target, entry.speaks, model);
    return { by, modelCount: undefined, error: undefined };
  } catch (error) {
    return { by, modelCount: undefined, error: toGatewayError(error) };
  }
}

/** Chats in the format of OpenAI where the provider knows it, else in the first that can be written. */
async function tryChat(
  { http, writeSmallestChat }: Pick<ConnectionContext, 'writeSmallestChat'> & { readonly http: ProviderHttp },
  target: CallTarget,
  speaks: ProviderEntry['speaks'],
  model: string,
): Promise<void> {
  const signedFor = ({ auth }: SpokenOperation): CallTarget =>
    auth === undefined ? target : { ...target, entry: { ...target.entry, auth } };
  const chats = speaks.filter(({ operation }) => operation === 'chat');
  const plain = chats.find(({ dialect }) => dialect === 'openai-chat');
  if (plain !== undefined) {
    await tryOneTokenChat(http, signedFor(plain), plain, model);
    return;
  }
  for (const way of chats) {
    const chat = writeSmallestChat(way, model);
    if (chat === undefined) continue;
    await tryWrittenChat(http, signedFor(way), chat, way.relativeTo);
    return;
  }
  throw new GatewayError('provider.dialect_unsupported');
}

/** The first known model of a connection that looks like one to chat with. @throws GatewayError `model.not_found` */
async function modelToTry(context: ConnectionContext, tenant: Tenant, connected: ConnectedEntry): Promise<string> {
  const { connection, entry } = connected;
  const known = (await context.models.list(tenant, connection.id)).filter((row) => row.withdrawnAt === undefined);
  const named = entry.models.from === 'catalogue' ? entry.models.models.map((model) => model.id) : [];
  const [model] = likelyChatModels([...known.map((row) => row.upstreamModel), ...named]);
  if (model === undefined) {
    throw new GatewayError('model.not_found', {
      message: 'No model of this connection is known to try the credential with; add one first.',
    });
  }
  return model;
}

async function noteOutcome(
  context: ConnectionContext,
  tenant: Tenant,
  credential: CredentialRow,
  error: GatewayError | undefined,
): Promise<void> {
  if (error === undefined) {
    if (credential.state !== 'set_aside') return;
    await context.credentials.update(tenant, credential.id, stateChange('active', undefined, context.clock.now()));
    context.note('info', 'credential works again', { credentialId: credential.id });
  } else if (isRefusedCredential(error) && credential.state === 'active') {
    await setCredentialAside(context, tenant, credential, refusalReason(error));
  }
}
