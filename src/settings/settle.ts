import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { Environment } from '../declared/resolve.ts';
import { secretOf } from '../declared/secret.ts';
import { nearMatch } from './near-match.ts';
import type { ParsedHubFile, SettingEntry } from './schema.ts';
import type { Settings } from './types.ts';

const SQLITE_PREFIX = 'sqlite:';
const VARIABLE_PREFIX = 'HUB_';
/** Variables of the hub that are no settings. */
const OTHER_VARIABLES = ['HUB_CONFIG', 'HUB_TEST_REAL_MODEL_URL'];

/** Fills in what one setting takes from another. `cwd` is where a relative path of the store begins. */
export function settle(parsed: ParsedHubFile, cwd: string): Settings {
  const dataDir = parsed.dataDir ?? join(cwd, 'data');
  const { host, port, publicUrl, workers, trustedProxies, limits, timeouts, drain, discovery, simulated } = parsed;
  const { httpsProxy, httpProxy } = parsed.egress;
  return {
    host,
    port,
    publicUrl,
    pathPrefix: publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, ''),
    dataDir,
    store: settleStore(parsed.store, { dataDir, cwd }),
    workers,
    tls: settleTls(parsed.tls),
    trustedProxies,
    egress: {
      ...parsed.egress,
      httpsProxy: httpsProxy === undefined ? undefined : secretOf(httpsProxy),
      httpProxy: httpProxy === undefined ? undefined : secretOf(httpProxy),
    },
    limits,
    counters: {
      ...parsed.counters,
      redisUrl: parsed.counters.redisUrl === undefined ? undefined : secretOf(parsed.counters.redisUrl),
    },
    cache: {
      ...parsed.cache,
      redisUrl: parsed.cache.redisUrl === undefined ? undefined : secretOf(parsed.cache.redisUrl),
    },
    timeouts,
    publicModels: parsed.publicModels,
    media: parsed.media,
    mail: {
      ...parsed.mail,
      smtpUrl: parsed.mail.smtpUrl === undefined ? undefined : secretOf(parsed.mail.smtpUrl),
    },
    drain,
    discovery,
    records: {
      keepDays: parsed.records.keepDays,
      archiveDir: parsed.records.archive ? (parsed.records.archiveDir ?? join(dataDir, 'archive')) : undefined,
      contentDays: parsed.records.contentDays,
    },
    credit: parsed.credit,
    payments: parsed.payments,
    simulated,
    masterKey: settleMasterKey(parsed.masterKey, dataDir),
    log: parsed.log,
    metrics: parsed.metrics,
    catalogue: parsed.catalogue,
    priceCatalogue: parsed.priceCatalogue,
  };
}

function settleStore(
  address: string | undefined,
  folders: { readonly dataDir: string; readonly cwd: string },
): Settings['store'] {
  if (address === undefined) return { kind: 'sqlite', path: join(folders.dataDir, 'hub.db') };
  if (!address.startsWith(SQLITE_PREFIX)) return { kind: 'postgres', url: secretOf(address) };
  return { kind: 'sqlite', path: resolve(folders.cwd, address.slice(SQLITE_PREFIX.length)) };
}

function settleTls({ cert, key, selfSigned }: ParsedHubFile['tls']): Settings['tls'] {
  if (cert !== undefined && key !== undefined) return { kind: 'files', certFile: cert, keyFile: key };
  return selfSigned ? { kind: 'self-signed' } : { kind: 'off' };
}

function settleMasterKey(given: ParsedHubFile['masterKey'], dataDir: string): Settings['masterKey'] {
  if (given.value !== undefined) return { kind: 'env', value: secretOf(given.value) };
  if (given.command !== undefined) return { kind: 'command', command: given.command };
  return { kind: 'file', path: given.file ?? join(dataDir, 'secrets', 'master.key') };
}

/** Settings that are each right but not together; each names the setting whose place is shown. */
export function checkTogether(
  parsed: ParsedHubFile,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const problems: { path: readonly string[]; message: string }[] = [];
  const { cert, key, selfSigned } = parsed.tls;
  if (cert !== undefined && key === undefined) {
    problems.push({ path: ['tls', 'cert'], message: 'needs tls.key beside it' });
  }
  if (key !== undefined && cert === undefined) {
    problems.push({ path: ['tls', 'key'], message: 'needs tls.cert beside it' });
  }
  if (selfSigned && cert !== undefined) {
    problems.push({ path: ['tls', 'selfSigned'], message: 'cannot stand beside tls.cert; choose one' });
  }
  if (parsed.cache.store === 'redis' && parsed.cache.redisUrl === undefined) {
    problems.push({ path: ['cache', 'store'], message: 'needs cache.redisUrl (HUB_CACHE_REDIS_URL) beside it' });
  }
  const { value, file, command } = parsed.masterKey;
  if ([value, file, command].filter((given) => given !== undefined).length > 1) {
    const path = command === undefined ? ['masterKey', 'file'] : ['masterKey', 'command'];
    problems.push({ path, message: 'the master key is given in more than one way; choose one' });
  }
  if (Number(parsed.credit.priceUsd) === 0) problems.push({ path: ['credit', 'priceUsd'], message: 'must be above 0' });
  if (parsed.mail.smtpUrl !== undefined && parsed.mail.from === undefined) {
    problems.push({ path: ['mail', 'smtpUrl'], message: 'needs mail.from (HUB_MAIL_FROM) beside it' });
  }
  if (parsed.limits.bodyBytes > parsed.limits.bufferedBytes) {
    problems.push({ path: ['limits', 'bodyBytes'], message: 'must not be larger than limits.bufferedBytes' });
  }
  return problems;
}

/** What is allowed but deserves a word in the log. */
export function warningsAbout(
  settings: Settings,
  { environment, known }: { readonly environment: Environment; readonly known: readonly SettingEntry[] },
): readonly string[] {
  const warnings: string[] = [];
  const isTlsInFront = settings.publicUrl?.startsWith('https:') ?? false;
  if (!isLoopback(settings.host) && settings.tls.kind === 'off' && !isTlsInFront) {
    warnings.push(
      `The hub listens on ${settings.host} without TLS: keys and prompts cross the network in the clear. ` +
        'Set tls.cert and tls.key, or publicUrl to the https:// address of the proxy in front.',
    );
  }
  if (settings.workers > 1 && settings.port === 0) {
    warnings.push('With port 0 the workers share whatever free port the first of them takes.');
  }
  const names = new Set([...OTHER_VARIABLES, ...known.flatMap(({ facts }) => facts.env)]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(VARIABLE_PREFIX) || names.has(name)) continue;
    const near = nearMatch(name, names);
    if (near !== undefined) warnings.push(`The environment variable ${name} means nothing; did you mean ${near}?`);
  }
  return warnings;
}

/** Whether an address or name can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host === 'localhost' || host.endsWith('.localhost');
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
