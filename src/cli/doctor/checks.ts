import { assertNever } from '../../kernel/assert.ts';
import { MAIL_REMEDIES } from '../../mail/remedies.ts';
import type { DoctorFacts, ListenFacts, StoreFacts } from './facts.ts';

/** One thing that was looked at. A warning works today; something bad does not. */
export type Finding = {
  readonly check: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly message: string;
  /** What to do about it; missing where all is well. */
  readonly remedy: string | undefined;
};

const NODE_MIN = { major: 22, minor: 19 };
const FREE_BYTES_BAD = 100 * 1024 * 1024;
const FREE_BYTES_LOW = 1024 * 1024 * 1024;
const CLOCK_SKEW_MAX_MS = 5000;
/** No clock that is right shows a time before this program was written. */
const CLOCK_EARLIEST_MS = Date.UTC(2025, 0, 1);
const CERTIFICATE_WARNING_MS = 14 * 24 * 3_600_000;
const OTHERS_BITS = 0o077;

/** Judges the facts, in the order in which one thing depends on another. */
export function diagnose(facts: DoctorFacts): readonly Finding[] {
  return [
    checkNode(facts),
    ...checkSettings(facts),
    ...checkDataDir(facts),
    ...checkStore(facts),
    ...checkMasterKey(facts),
    ...checkListen(facts),
    ...checkClock(facts),
    ...checkTls(facts),
    ...checkMail(facts),
    ...checkEgress(facts),
    ...checkConnections(facts),
  ];
}

function good(check: string, message: string): Finding {
  return { check, state: 'good', message, remedy: undefined };
}

function warning(check: string, message: string, remedy: string): Finding {
  return { check, state: 'warning', message, remedy };
}

function bad(check: string, message: string, remedy: string): Finding {
  return { check, state: 'bad', message, remedy };
}

function checkNode({ nodeVersion }: DoctorFacts): Finding {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const isNewEnough = major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor);
  if (isNewEnough) return good('node', `Node ${nodeVersion}`);
  return bad('node', `Node ${nodeVersion} is too old`, `Install Node ${NODE_MIN.major}.${NODE_MIN.minor} or later.`);
}

function checkSettings({ settings }: DoctorFacts): readonly Finding[] {
  if (settings.state === 'wrong') {
    return settings.problems.map((problem) =>
      bad('settings', `${problem.where}: ${problem.message}`, 'Mend it there, then run `aigne-hub config check`.'),
    );
  }
  const from = settings.filePath === undefined ? 'no hub.yaml' : settings.filePath;
  return [
    good('settings', `the settings are good (${from})`),
    ...settings.warnings.map((text) => warning('settings', text, 'See docs/configuration.md.')),
  ];
}

function checkDataDir({ dataDir }: DoctorFacts): readonly Finding[] {
  if (dataDir === undefined) return [];
  const { path, state, freeBytes, secretFiles } = dataDir;
  if (state === 'missing') return [good('data directory', `${path} is not there yet; the first start makes it`)];
  if (state === 'read_only') {
    return [
      bad(
        'data directory',
        `${path} cannot be written to`,
        'Give the hub’s user the directory, or name another with --data-dir.',
      ),
    ];
  }
  return [
    good('data directory', `${path} can be written to`),
    ...secretFiles
      .filter((file) => (file.mode & OTHERS_BITS) !== 0)
      .map((file) =>
        bad(
          'secrets',
          `${file.path} can be read by others (mode ${file.mode.toString(8)})`,
          `Run: chmod 600 ${file.path}`,
        ),
      ),
    ...(freeBytes === undefined ? [] : [checkDisk(path, freeBytes)]),
  ];
}

function checkDisk(path: string, freeBytes: number): Finding {
  const free = `${Math.floor(freeBytes / 1024 / 1024)} MiB free at ${path}`;
  if (freeBytes < FREE_BYTES_BAD)
    return bad('disk', free, 'Make room: without it no call can be recorded, and none is answered.');
  if (freeBytes < FREE_BYTES_LOW) return warning('disk', free, 'Make room before it runs out.');
  return good('disk', free);
}

function checkStore({ store }: DoctorFacts): readonly Finding[] {
  if (store === undefined) return [];
  if (store.state === 'failed') {
    return [
      bad(
        'store',
        store.message,
        'Check its address and that it runs; a store newer than this hub needs the newer hub.',
      ),
    ];
  }
  const open = [good('store', `${store.kind} answers, schema ${store.schemaVersion}`), ...checkRowSecurity(store)];
  if (store.damage.length === 0) return open;
  const [first = ''] = store.damage;
  const more = store.damage.length > 1 ? ` (and ${store.damage.length - 1} more)` : '';
  return [
    ...open,
    bad(
      'store',
      `it is damaged: ${first}${more}`,
      'Stop the hub and restore the last backup: aigne-hub restore <file>.',
    ),
  ];
}

function checkRowSecurity({ rowSecurity }: Extract<StoreFacts, { readonly state: 'open' }>): readonly Finding[] {
  switch (rowSecurity.state) {
    case 'absent':
      return [];
    case 'on':
      return [good('row security', 'the database keeps organizations apart, too')];
    case 'off':
      return [
        warning(
          'row security',
          `it is off, and the hub alone keeps organizations apart: ${rowSecurity.reason}`,
          rowSecurity.remedy,
        ),
      ];
    default:
      return assertNever(rowSecurity);
  }
}

function checkMasterKey({ masterKey }: DoctorFacts): readonly Finding[] {
  if (masterKey === undefined) return [];
  switch (masterKey.state) {
    case 'matches':
      return [good('master key', `it is the one of this store (${masterKey.fingerprint})`)];
    case 'first_start':
      return [good('master key', 'this store has not been used with one yet')];
    case 'differs':
    case 'missing':
      return [
        bad(
          'master key',
          masterKey.message,
          'Give the hub the key that this store was made with, or restore the secrets folder.',
        ),
      ];
    default:
      return assertNever(masterKey);
  }
}

function checkListen({ listen }: DoctorFacts): readonly Finding[] {
  return listen === undefined ? [] : [judgeListen(listen)];
}

function judgeListen({ host, port, state }: ListenFacts): Finding {
  const place = `${host}:${port}`;
  switch (state) {
    case 'free':
      return good('port', `${place} is free`);
    case 'held_by_hub':
      return good('port', `this hub listens on ${place}`);
    case 'taken':
      return bad('port', `another program listens on ${place}`, 'Stop it, or choose another port with --port.');
    case 'not_allowed':
      return bad(
        'port',
        `this user may not listen on ${place}`,
        'Choose a port above 1023 with --port, or put a proxy in front.',
      );
    case 'no_such_address':
      return bad('port', `${host} is no address of this machine`, 'Name one that is with --host.');
    default:
      return assertNever(state);
  }
}

function checkClock({ nowMs, store }: DoctorFacts): readonly Finding[] {
  const shown = new Date(nowMs).toISOString();
  const setIt = 'Set the clock, best by NTP: prices, expiries and records go by it.';
  if (nowMs < CLOCK_EARLIEST_MS) return [bad('clock', `the clock shows ${shown}`, setIt)];
  const other = store?.state === 'open' ? store.nowMs : undefined;
  if (other === undefined) return [good('clock', shown)];
  const skewMs = Math.abs(nowMs - other);
  if (skewMs <= CLOCK_SKEW_MAX_MS) return [good('clock', `${shown}, as the store’s`)];
  return [warning('clock', `it is ${Math.round(skewMs / 1000)} s off the store’s clock`, setIt)];
}

function checkTls({ tls, nowMs }: DoctorFacts): readonly Finding[] {
  return tls.map((file) => {
    if (file.problem !== undefined)
      return bad('tls', `${file.path}: ${file.problem}`, 'Give a PEM file that the hub’s user can read.');
    if (file.endsAtMs === undefined) return good('tls', `${file.path} can be read`);
    const end = new Date(file.endsAtMs).toISOString().slice(0, 10);
    if (file.endsAtMs <= nowMs)
      return bad('tls', `${file.path} ended on ${end}`, 'Renew the certificate; the hub takes it without a restart.');
    if (file.endsAtMs - nowMs < CERTIFICATE_WARNING_MS) {
      return warning(
        'tls',
        `${file.path} ends on ${end}`,
        'Renew the certificate; the hub takes it without a restart.',
      );
    }
    return good('tls', `${file.path} is good until ${end}`);
  });
}

function checkMail({ mail }: DoctorFacts): readonly Finding[] {
  if (mail === undefined) return [];
  const { server } = mail;
  if (mail.state === 'answers') return [good('mail', `${server} greets the hub, and would take mails`)];
  return [bad('mail', `${server} ${MAIL_STEPS[mail.fault]}: ${mail.reason}`, MAIL_REMEDIES[mail.fault])];
}

/** What did not happen at each step. */
const MAIL_STEPS = {
  unreachable: 'does not answer',
  encryption: 'cannot be spoken to in private',
  sign_in: 'does not let the hub sign in',
  refused: 'refuses the hub',
} as const;

function checkEgress({ egress }: DoctorFacts): readonly Finding[] {
  if (egress === undefined) return [];
  return [
    ...egress.localTargets
      .filter((entry) => !entry.allowed)
      .map((entry) =>
        bad(
          'egress',
          `${entry.connection} is at ${entry.target}, which is not allowed`,
          `Add ${entry.target} to \`egress.allow\`.`,
        ),
      ),
    ...egress.proxies.map((proxy) =>
      proxy.problem === undefined
        ? good('proxy', `${proxy.variable} is used for what leaves`)
        : bad('proxy', `${proxy.variable}: ${proxy.problem}`, 'Give a proxy as http://host:port.'),
    ),
  ];
}

function checkConnections({ connections }: DoctorFacts): readonly Finding[] {
  return connections.map(({ name, state, message }) => {
    const said = message === undefined ? '' : `: ${message}`;
    switch (state) {
      case 'ok':
        return good('connection', `${name} works`);
      case 'unknown':
        return good('connection', `${name} has not been tried yet`);
      case 'degraded':
        return warning('connection', `${name} works in part${said}`, `Run: aigne-hub provider test ${name}`);
      case 'failed':
        return bad('connection', `${name} does not work${said}`, `Run: aigne-hub provider test ${name}`);
      default:
        return assertNever(state);
    }
  });
}
