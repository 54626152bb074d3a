import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import process from 'node:process';
import type { RunningHub, StartFlags } from '../cli/deps.ts';
import type { ConnectionFacts, MailFacts, MasterKeyFacts, StoreFacts } from '../cli/doctor/facts.ts';
import type { DoctorPorts } from '../cli/doctor/gather.ts';
import { inspectDataDir, inspectPort, inspectTlsFile } from '../cli/doctor/machine.ts';
import { systemClock } from '../kernel/clock.ts';
import { MailFailure } from '../mail/ports.ts';
import { isPrivateHost } from '../providers/schema.ts';
import { type LoadedSettings, SettingsError } from '../settings.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { openStore, type Store } from '../storage/open-store.ts';
import { checkVault, VaultKeyMismatch } from '../vault/check.ts';
import { loadKeyring } from '../vault/keyring.ts';
import { keySource, storeLocation } from './core.ts';
import { openMailServer } from './mail.ts';
import { readSettings, type World } from './start-hub.ts';

type DoctorWorld = { readonly findRunningHub: () => Promise<RunningHub | undefined> };

/** What `doctor` looks at, on this machine and with these settings. It changes nothing. */
export function doctorPorts(flags: StartFlags, world: World, { findRunningHub }: DoctorWorld): DoctorPorts {
  const loaded = (): LoadedSettings => readSettings(flags, world);
  const withStore = async <Result>(
    work: (store: Store, settings: LoadedSettings['settings']) => Promise<Result>,
  ): Promise<Result> => {
    const { settings } = loaded();
    const store = openStore(storeLocation(settings), { clock: systemClock, note: () => undefined });
    try {
      return await work(store, settings);
    } finally {
      await store.close();
    }
  };
  return {
    nodeVersion: process.version,
    now: systemClock.now,
    settings: async () => {
      try {
        const { filePath, warnings } = loaded();
        return { state: 'good', filePath, warnings };
      } catch (error) {
        if (error instanceof SettingsError) return { state: 'wrong', problems: error.problems };
        throw error;
      }
    },
    dataDir: async () => inspectDataDir(loaded().settings.dataDir, process.platform),
    listen: async () => {
      const { host, port } = loaded().settings;
      const running = await findRunningHub();
      const isOwn = running !== undefined && new URL(running.address).port === String(port);
      return { host, port, state: isOwn ? 'held_by_hub' : await inspectPort(host, port) };
    },
    tls: async () => {
      const { tls } = loaded().settings;
      if (tls.kind !== 'files') return [];
      return [await inspectTlsFile(tls.certFile, 'certificate'), await inspectTlsFile(tls.keyFile, 'key')];
    },
    mail: () => inspectMail(loaded().settings),
    store: async () => {
      const { settings } = loaded();
      if (settings.store.kind === 'sqlite' && !existsSync(settings.store.path)) return undefined;
      return withStore(inspectStore);
    },
    masterKey: () => withStore((store, settings) => inspectMasterKey(store, settings, world)),
    egress: () => withStore((store, settings) => inspectEgress(store, settings)),
    connections: () => withStore(inspectConnections),
  };
}

async function inspectMail(settings: LoadedSettings['settings']): Promise<MailFacts | undefined> {
  const transport = openMailServer(settings);
  if (transport === undefined) return undefined;
  const { server } = transport;
  try {
    await transport.check();
    return { state: 'answers', server };
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    return { state: 'failed', server, fault: error.fault, reason: error.message };
  } finally {
    transport.close();
  }
}

async function inspectStore(store: Store): Promise<StoreFacts> {
  try {
    const version = await store.schemaVersion();
    const { problems } = await store.integrityCheck();
    const rowSecurity = await store.rowSecurity();
    const open = { state: 'open', kind: store.kind, schemaVersion: String(version), damage: problems } as const;
    return { ...open, rowSecurity, nowMs: undefined };
  } catch (error) {
    return { state: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

async function inspectMasterKey(
  store: Store,
  settings: LoadedSettings['settings'],
  world: World,
): Promise<MasterKeyFacts> {
  if ((await store.vault.versions()).length === 0) return { state: 'first_start' };
  try {
    const keyring = await loadKeyring(keySource(settings, world.environment, false), randomBytes);
    await checkVault({ keyring, store: store.vault, now: systemClock.now });
    return { state: 'matches', fingerprint: keyring.newest().fingerprint };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { state: error instanceof VaultKeyMismatch ? 'differs' : 'missing', message };
  }
}

async function inspectEgress(store: Store, { egress }: LoadedSettings['settings']) {
  const rows = await store.connections.list(DEFAULT_TENANT);
  const localTargets = rows
    .filter((row) => row.source === 'store' && isPrivateHost(new URL(row.baseUrl).hostname))
    .map((row) => {
      const { host } = new URL(row.baseUrl);
      return { connection: row.name, target: host, allowed: egress.allow.includes(host) };
    });
  const proxies = [
    { variable: 'HTTPS_PROXY', value: egress.httpsProxy },
    { variable: 'HTTP_PROXY', value: egress.httpProxy },
  ];
  return {
    localTargets,
    proxies: proxies
      .filter(({ value }) => value !== undefined)
      .map(({ variable, value }) => ({
        variable,
        problem: URL.canParse(value?.reveal() ?? '') ? undefined : 'is not an address',
      })),
  };
}

async function inspectConnections(store: Store): Promise<readonly ConnectionFacts[]> {
  const facts: ConnectionFacts[] = [];
  for (const { id, name, refreshError, refreshedAt } of await store.connections.list(DEFAULT_TENANT)) {
    const aside = (await store.credentials.list(DEFAULT_TENANT, id)).find(
      (credential) => credential.state === 'set_aside',
    );
    const message = aside?.stateReason ?? refreshError;
    const state = message === undefined ? (refreshedAt === undefined ? 'unknown' : 'ok') : 'failed';
    facts.push({ name, state, message });
  }
  return facts;
}
