import type {
  ConnectionFacts,
  DataDirFacts,
  DoctorFacts,
  EgressFacts,
  ListenFacts,
  MailFacts,
  MasterKeyFacts,
  SettingsFacts,
  StoreFacts,
  TlsFileFacts,
} from './facts.ts';

/** What `doctor` asks the world. Only `settings` is asked when the settings are wrong: the rest goes by them. */
export type DoctorPorts = {
  readonly nodeVersion: string;
  readonly now: () => number;
  readonly settings: () => Promise<SettingsFacts>;
  readonly dataDir: () => Promise<DataDirFacts>;
  readonly listen: () => Promise<ListenFacts>;
  readonly tls: () => Promise<readonly TlsFileFacts[]>;
  /** Greets the mail server and sends nothing; `undefined` where none is set. */
  readonly mail: () => Promise<MailFacts | undefined>;
  /** Looks without migrating; a store that is not there yet is `undefined`. */
  readonly store: () => Promise<StoreFacts | undefined>;
  readonly masterKey: () => Promise<MasterKeyFacts | undefined>;
  readonly egress: () => Promise<EgressFacts>;
  readonly connections: () => Promise<readonly ConnectionFacts[]>;
};

/** Gathers the facts. What needs the store is left out when the store cannot be opened. */
export async function gatherFacts(ports: DoctorPorts): Promise<DoctorFacts> {
  const settings = await ports.settings();
  const nothing = {
    nodeVersion: ports.nodeVersion,
    nowMs: ports.now(),
    settings,
    dataDir: undefined,
    store: undefined,
    masterKey: undefined,
    listen: undefined,
    tls: [],
    mail: undefined,
    egress: undefined,
    connections: [],
  };
  if (settings.state === 'wrong') return nothing;
  const [dataDir, listen, tls, mail, store] = [
    await ports.dataDir(),
    await ports.listen(),
    await ports.tls(),
    await ports.mail(),
    await ports.store(),
  ];
  const outside = { ...nothing, dataDir, listen, tls, mail, store };
  if (store?.state !== 'open') return outside;
  return {
    ...outside,
    masterKey: await ports.masterKey(),
    egress: await ports.egress(),
    connections: await ports.connections(),
  };
}
