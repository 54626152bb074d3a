import type { MailFault } from '../../mail/ports.ts';
import type { RowSecurity } from '../../protocol/row-security.ts';

/**
 * What `doctor` looks at, gathered before it is judged: the checks are pure functions over these facts. A part that could
 * not be looked at, because what it depends on is already wrong, is `undefined`.
 */
export type DoctorFacts = {
  readonly nodeVersion: string;
  readonly nowMs: number;
  readonly settings: SettingsFacts;
  readonly dataDir: DataDirFacts | undefined;
  readonly store: StoreFacts | undefined;
  readonly masterKey: MasterKeyFacts | undefined;
  readonly listen: ListenFacts | undefined;
  readonly tls: readonly TlsFileFacts[];
  readonly mail: MailFacts | undefined;
  readonly egress: EgressFacts | undefined;
  readonly connections: readonly ConnectionFacts[];
};

export type SettingsFacts =
  | { readonly state: 'good'; readonly filePath: string | undefined; readonly warnings: readonly string[] }
  | { readonly state: 'wrong'; readonly problems: readonly { readonly where: string; readonly message: string }[] };

export type DataDirFacts = {
  readonly path: string;
  readonly state: 'writable' | 'read_only' | 'missing';
  readonly freeBytes: number | undefined;
  /** Files below `secrets/` with their permission bits; empty on systems that have none. */
  readonly secretFiles: readonly { readonly path: string; readonly mode: number }[];
};

export type StoreFacts =
  | {
      readonly state: 'open';
      readonly kind: 'sqlite' | 'postgres';
      readonly schemaVersion: string;
      /** What the engine's own integrity check found. */
      readonly damage: readonly string[];
      /** Whether the database itself keeps organizations apart. */
      readonly rowSecurity: RowSecurity;
      /** The store's clock, where it has one of its own. */
      readonly nowMs: number | undefined;
    }
  | { readonly state: 'failed'; readonly message: string };

export type MasterKeyFacts =
  | { readonly state: 'matches'; readonly fingerprint: string }
  | { readonly state: 'first_start' }
  | { readonly state: 'differs' | 'missing'; readonly message: string };

export type ListenFacts = {
  readonly host: string;
  readonly port: number;
  /** `held_by_hub`: this data directory's own hub listens there. */
  readonly state: 'free' | 'held_by_hub' | 'taken' | 'not_allowed' | 'no_such_address';
};

export type TlsFileFacts = {
  readonly path: string;
  /** When the certificate in it ends; `undefined` for a private key. */
  readonly endsAtMs: number | undefined;
  /** Why it cannot be used. */
  readonly problem: string | undefined;
};

/** What became of a greeting, after which nothing was sent; `undefined` where no server is set. */
export type MailFacts =
  | { readonly state: 'answers'; readonly server: string }
  | { readonly state: 'failed'; readonly server: string; readonly fault: MailFault; readonly reason: string };

export type EgressFacts = {
  /** Connections to private or loopback addresses, and whether the allow-list holds them. */
  readonly localTargets: readonly { readonly connection: string; readonly target: string; readonly allowed: boolean }[];
  readonly proxies: readonly { readonly variable: string; readonly problem: string | undefined }[];
};

export type ConnectionFacts = {
  readonly name: string;
  readonly state: 'ok' | 'degraded' | 'failed' | 'unknown';
  readonly message: string | undefined;
};
