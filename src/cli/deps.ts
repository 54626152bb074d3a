import type { DoctorPorts } from './doctor/gather.ts';
import type { SendToHub } from './hub-client.ts';

/** Where a command writes. */
export type Output = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
};

/** Where a command reads. */
export type Input = {
  readonly isTerminal: boolean;
  /** Everything up to the end of the input; bounded. */
  readonly readAll: () => Promise<string>;
  /** One line that the person types, without showing it. */
  readonly readHidden: (prompt: string) => Promise<string>;
};

/** Flags by their name in camel case, as the settings take them. */
export type StartFlags = Readonly<Record<string, string | boolean | undefined>>;

/** A hub that runs in another process. */
export type RunningHub = {
  readonly pid: number;
  /** Origin and path prefix, such as `http://127.0.0.1:4180`. */
  readonly address: string;
  readonly controlToken: string;
  /** PEM certificate to trust, where the hub made its own. */
  readonly certificate?: string | undefined;
};

/** The control plane of this very process, on a store that nobody else holds. */
export type OfflineHub = { readonly send: SendToHub; readonly close: () => Promise<void> };

/** What the command line needs from the world. */
export type CliDeps = {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  readonly err: Output;
  readonly input: Input;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly readFile: (path: string) => Promise<string>;
  /** An absolute path, seen from where the command was typed. */
  readonly resolvePath: (path: string) => string;
  /** Runs the hub until it is told to stop, and gives the exit code. @throws SettingsError-like errors with a message */
  readonly start: (flags: StartFlags) => Promise<number>;
  /** The hub that holds the data directory which these flags mean, if one runs. */
  readonly findRunningHub: (flags: StartFlags) => Promise<RunningHub | undefined>;
  /** Opens the store in this process; the caller closes it. @throws Error when the store cannot be opened */
  readonly openOffline: (flags: StartFlags) => Promise<OfflineHub>;
  /** Calls a hub over HTTP. */
  readonly connect: (hub: {
    readonly address: string;
    readonly token: string;
    readonly certificate: string | undefined;
  }) => SendToHub;
  readonly restore: (input: {
    readonly flags: StartFlags;
    readonly from: string;
    readonly overwrite: 'refuse' | 'replace';
  }) => Promise<{ readonly schemaVersion: string; readonly target: string }>;
  readonly copyStore: (input: {
    readonly flags: StartFlags;
    /** `postgres://…` */
    readonly to: string;
    readonly onProgress: (table: string, rows: number) => void;
  }) => Promise<readonly { readonly table: string; readonly rows: number }[]>;
  readonly doctor: (flags: StartFlags) => DoctorPorts;
};
