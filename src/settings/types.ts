import type { Declared } from '../declared/schema.ts';
import type { Secret } from '../declared/secret.ts';
import type { ChargingSaid } from '../protocol/charging.ts';

/** The settings of one process: parsed, checked and with every default filled in. Paths are absolute. */
export type Settings = {
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash; `undefined` where callers use the address that is listened on. */
  readonly publicUrl: string | undefined;
  /** The path of `publicUrl`, such as `/hub`; empty where it has none. */
  readonly pathPrefix: string;
  readonly dataDir: string;
  readonly store:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'postgres'; readonly url: Secret };
  readonly workers: number;
  readonly tls:
    | { readonly kind: 'off' }
    | { readonly kind: 'self-signed' }
    | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string };
  /** `loopback`, `private`, addresses and CIDR networks. */
  readonly trustedProxies: readonly string[];
  readonly egress: {
    /** Exact `host:port` targets that may lie in private or loopback networks. */
    readonly allow: readonly string[];
    readonly caFile: string | undefined;
    readonly httpsProxy: Secret | undefined;
    readonly httpProxy: Secret | undefined;
    readonly noProxy: readonly string[];
  };
  readonly limits: {
    readonly bodyBytes: number;
    readonly bufferedBytes: number;
    readonly headerBytes: number;
    readonly jsonDepth: number;
    readonly jsonKeys: number;
    readonly responseBytes: number;
    readonly mediaBytes: number;
    readonly calls: number;
    readonly waitingCalls: number;
  };
  readonly timeouts: {
    readonly connectMs: number;
    readonly firstByteMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
  };
  /** What counts limits and budgets. */
  readonly counters: {
    /** `undefined`: the store does, or this machine. */
    readonly redisUrl: Secret | undefined;
    readonly redisPrefix: string;
    /** What a process admits of each limit by itself while the counts are lost. */
    readonly localPercent: number;
  };
  /** Answers that are given again. */
  readonly cache: {
    readonly store: 'memory' | 'store' | 'redis';
    readonly bytes: number;
    /** There where the answers lie in Redis. */
    readonly redisUrl: Secret | undefined;
    readonly isCharged: boolean;
  };
  /** Whether anybody may read which public models the hub offers, as AIGNE's clients do. */
  readonly publicModels: boolean;
  /** Generated files whose callers asked for an address. */
  readonly media: { readonly keptMs: number };
  readonly mail: {
    /** `undefined`: mails are shown on the console. */
    readonly smtpUrl: Secret | undefined;
    readonly from: string | undefined;
    readonly replyTo: string | undefined;
  };
  readonly drain: { readonly graceMs: number; readonly timeoutMs: number };
  readonly discovery: { readonly localServers: boolean; readonly refreshMinutes: number };
  readonly records: {
    /** `undefined`: for good. */
    readonly keepDays: number | undefined;
    /** `undefined`: what is deleted is gone. */
    readonly archiveDir: string | undefined;
    /** 0: no organization may have contents stored. */
    readonly contentDays: number;
  };
  /** What is not said here operators set while the hub runs. `usageSeconds`: how often a platform is told what its customers used. */
  readonly credit: ChargingSaid & { readonly usageSeconds: number };
  readonly payments: { readonly stripeUrl: string };
  readonly simulated: 'auto' | 'on' | 'off';
  readonly masterKey:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'env'; readonly value: Secret }
    | { readonly kind: 'command'; readonly command: string };
  readonly log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' };
  readonly metrics: { readonly access: 'admin' | 'loopback' | 'open' };
  readonly priceCatalogue: { readonly file: string | undefined; readonly url: string | undefined };
  readonly catalogue: { readonly file: string | undefined; readonly url: string | undefined };
};

/** What a start begins with. */
export type LoadedSettings = {
  readonly settings: Settings;
  /** What hub.yaml declares; connections from well-known variables are added by `connectionsFromEnvironment`. */
  readonly declared: Declared;
  /** Environment variables that hub.yaml refers to; these do not connect a provider by themselves as well. */
  readonly referencedVariables: ReadonlySet<string>;
  /** The hub.yaml that was read. */
  readonly filePath: string | undefined;
  /** Where something stands in it: `hub.yaml:12:5 routes[0].name`. */
  readonly placeOf: (path: readonly PropertyKey[]) => string;
  /** Where each setting that is not a default was given, by its path: `environment HUB_PORT`, `flag --port`, `file`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Sentences for the log: nothing is wrong, but an operator should know. */
  readonly warnings: readonly string[];
};
