import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSettings, SettingsError, type SettingsSources } from './settings.ts';

const CWD = '/srv/hub';

function load(given: {
  flags?: SettingsSources['flags'];
  environment?: SettingsSources['environment'];
  files?: Readonly<Record<string, string>>;
}) {
  return loadSettings({
    flags: given.flags ?? {},
    environment: given.environment ?? {},
    cwd: CWD,
    readFile: (path) => given.files?.[path],
  });
}

function problemsOf(given: Parameters<typeof load>[0]): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
  return [];
}

const hubYaml = (text: string) => ({ files: { [`${CWD}/hub.yaml`]: text } });

describe('defaults', () => {
  it('are safe: loopback, no metrics for strangers, nothing trusted, every limit set', () => {
    const { settings, warnings } = load({});
    expect(settings.host).toBe('127.0.0.1');
    expect(settings.port).toBe(4180);
    expect(settings.metrics.access).toBe('admin');
    expect(settings.trustedProxies).toEqual([]);
    expect(settings.egress.allow).toEqual([]);
    expect(settings.limits).toEqual({
      bodyBytes: 67_108_864,
      calls: 2000,
      waitingCalls: 500,
      bufferedBytes: 268_435_456,
      headerBytes: 16_384,
      jsonDepth: 64,
      jsonKeys: 10_000,
      responseBytes: 67_108_864,
      mediaBytes: 1_073_741_824,
    });
    expect(settings.media).toEqual({ keptMs: 3_600_000 });
    expect(settings.timeouts).toEqual({ connectMs: 10_000, firstByteMs: 120_000, idleMs: 120_000, totalMs: 1_800_000 });
    expect(settings.drain.timeoutMs).toBe(600_000);
    expect(settings.dataDir).toBe('/srv/hub/data');
    expect(settings.store).toEqual({ kind: 'sqlite', path: '/srv/hub/data/hub.db' });
    expect(settings.masterKey).toEqual({ kind: 'file', path: '/srv/hub/data/secrets/master.key' });
    expect(warnings).toEqual([]);
  });
});

describe('precedence', () => {
  const files = { [`${CWD}/hub.yaml`]: 'port: 1001\n' };

  it.each([
    ['a flag over everything', { flags: { port: '1003' }, environment: { HUB_PORT: '1002' }, files }, 1003],
    ['the environment over the file', { environment: { HUB_PORT: '1002' }, files }, 1002],
    ['the file over the default', { files }, 1001],
    ['an empty variable counts as not set', { environment: { HUB_PORT: '' }, files }, 1001],
    ['a flag of zero is a flag', { flags: { port: 0 }, files }, 0],
  ])('%s', (_, given, port) => {
    expect(load(given).settings.port).toBe(port);
  });

  it('looks for hub.yaml where it is named, else in the working directory, else in the data directory', () => {
    const all = {
      '/srv/hub/hub.yaml': 'port: 1\n',
      '/srv/hub/data/hub.yaml': 'port: 2\n',
      '/var/hub/hub.yaml': 'port: 3\n',
      '/etc/hub.yaml': 'port: 4\n',
      '/etc/flag.yaml': 'port: 5\n',
    };
    const without = (path: string) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== path));
    expect(load({ files: all }).settings.port).toBe(1);
    expect(load({ files: without('/srv/hub/hub.yaml') }).settings.port).toBe(2);
    const elsewhere = { files: without('/srv/hub/hub.yaml'), environment: { HUB_DATA_DIR: '/var/hub' } };
    expect(load(elsewhere).settings.port).toBe(3);
    const named = load({ files: all, environment: { HUB_CONFIG: '/etc/hub.yaml' } });
    expect([named.settings.port, named.filePath]).toEqual([4, '/etc/hub.yaml']);
    const byFlag = { files: all, environment: { HUB_CONFIG: '/etc/hub.yaml' }, flags: { config: '/etc/flag.yaml' } };
    expect(load(byFlag).settings.port).toBe(5);
  });

  it('resolves a path against the folder of the file that holds it, else the working directory', () => {
    const files = { '/etc/hub/hub.yaml': 'tls: { cert: cert.pem, key: key.pem }\n' };
    const fromFile = load({ files, flags: { config: '/etc/hub/hub.yaml' } });
    expect(fromFile.settings.tls).toEqual({
      kind: 'files',
      certFile: '/etc/hub/cert.pem',
      keyFile: '/etc/hub/key.pem',
    });
    expect(load({ environment: { HUB_DATA_DIR: 'mine' } }).settings.dataDir).toBe('/srv/hub/mine');
  });
});

describe('values', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['false', false],
    ['0', false],
    ['no', false],
  ])('the boolean %s', (word, meaning) => {
    expect(load({ environment: { HUB_DISCOVER_LOCAL: word } }).settings.discovery.localServers).toBe(meaning);
  });

  it.each([
    ['10000', 10_000],
    ['500ms', 500],
    ['10s', 10_000],
    ['2m', 120_000],
  ])('the duration %s', (word, timeMs) => {
    expect(load({ environment: { HUB_TIMEOUT_CONNECT: word } }).settings.timeouts.connectMs).toBe(timeMs);
  });

  it.each([
    ['1048576', 1_048_576],
    ['512KiB', 524_288],
    ['32 MiB', 33_554_432],
  ])('the size %s', (word, bytes) => {
    expect(load({ environment: { HUB_LIMIT_BODY_BYTES: word } }).settings.limits.bodyBytes).toBe(bytes);
  });

  it('takes a path prefix from publicUrl', () => {
    const { settings } = load({ environment: { HUB_PUBLIC_URL: 'https://ai.example.com/hub/' } });
    expect([settings.publicUrl, settings.pathPrefix]).toEqual(['https://ai.example.com/hub', '/hub']);
  });

  it('takes lists from one text with commas or from a YAML list', () => {
    const environment = { HUB_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8' };
    expect(load({ environment }).settings.trustedProxies).toEqual(['loopback', '10.0.0.0/8']);
    const file = hubYaml("egress:\n  allow: ['127.0.0.1:11434', '[::1]:8000', 'gpu.lan:8000']\n");
    expect(load(file).settings.egress.allow).toEqual(['127.0.0.1:11434', '[::1]:8000', 'gpu.lan:8000']);
  });

  it('keeps the PostgreSQL address, the master key and a proxy’s password out of whatever prints the settings', () => {
    const { settings } = load({
      environment: {
        DATABASE_URL: 'postgres://hub:canary-db@db/hub',
        HUB_MASTER_KEY: 'canary-master',
        HTTPS_PROXY: 'http://me:canary-proxy@proxy:3128',
      },
    });
    expect(settings.store.kind === 'postgres' && settings.store.url.reveal()).toBe('postgres://hub:canary-db@db/hub');
    expect(JSON.stringify(settings)).not.toContain('canary');
    expect(settings.egress.httpsProxy?.toString()).toBe('[secret]');
  });
});

describe('a bad value', () => {
  it.each<[string, Parameters<typeof load>[0], string]>([
    [
      'port',
      { environment: { HUB_PORT: 'http' } },
      'environment HUB_PORT: must be a whole number from 0 to 65535, not "http"',
    ],
    ['port by flag', { flags: { port: '70000' } }, 'flag --port: must be a whole number from 0 to 65535, not "70000"'],
    [
      'port in the file',
      hubYaml('host: 0.0.0.0\nport: -1\n'),
      'hub.yaml:2:7 port: must be a whole number from 0 to 65535, not -1',
    ],
    ['nothing after a key', hubYaml('port:\n'), 'hub.yaml:1:6 port: must be a whole number from 0 to 65535, not null'],
    [
      'boolean',
      { environment: { HUB_TLS_SELF_SIGNED: 'ja' } },
      'environment HUB_TLS_SELF_SIGNED: must be true, 1, yes, false, 0 or no, not "ja"',
    ],
    [
      'word',
      { environment: { HUB_SIMULATED: 'maybe' } },
      'environment HUB_SIMULATED: must be one of auto, on, off, not "maybe"',
    ],
    [
      'host with port',
      { flags: { host: 'localhost:80' } },
      'flag --host: must be a host name or an IP address, without a port, not "localhost:80"',
    ],
    [
      'address',
      { environment: { HUB_PUBLIC_URL: 'example.com' } },
      'environment HUB_PUBLIC_URL: must be an http:// or https:// address without query, not "example.com"',
    ],
    [
      'network',
      { environment: { HUB_TRUSTED_PROXIES: 'loopback,10.0.0.0/33' } },
      'environment HUB_TRUSTED_PROXIES: must be a list of: loopback, private, an IP address or a network such as 10.0.0.0/8, not "loopback,10.0.0.0/33"',
    ],
    [
      'secret address, not repeated',
      { environment: { DATABASE_URL: 'mysql://u:canary@db/x' } },
      'environment DATABASE_URL: must be sqlite:<path>, or a postgres:// address',
    ],
    [
      'name of a credit that is too long',
      { environment: { HUB_CREDIT_NAME: 'c'.repeat(33) } },
      `environment HUB_CREDIT_NAME: must be a text of 1 to 32 characters, not "${'c'.repeat(33)}"`,
    ],
    [
      'prefix that turns what follows around',
      { environment: { HUB_CREDIT_PREFIX: '\u202e$' } },
      'environment HUB_CREDIT_PREFIX: must be a text of 1 to 4 characters, not "\u202e$"',
    ],
    [
      'more decimals than credit has',
      { environment: { HUB_CREDIT_DECIMALS: '10' } },
      'environment HUB_CREDIT_DECIMALS: must be a whole number from 0 to 9, not "10"',
    ],
    ['section that is no map', hubYaml('tls: yes please\n'), 'hub.yaml:1:6 tls: must be a map of keys and values'],
    ['file that is no map', hubYaml('- a\n'), 'hub.yaml:1:1: must be a map of keys and values'],
    ['key not known', hubYaml('host: localhost\nprot: 80\n'), 'hub.yaml:2:1 prot: is not known; did you mean "port"?'],
    [
      'key not known, deeper',
      hubYaml('timeouts:\n  conectMs: 5\n'),
      'hub.yaml:2:3 timeouts.conectMs: is not known; did you mean "connectMs"?',
    ],
    ['key like nothing', hubYaml('log:\n  zzz: 5\n'), 'hub.yaml:2:3 log.zzz: is not known; there are level'],
    ['named file missing', { flags: { config: 'mine.yaml' } }, 'mine.yaml: there is no such file'],
    [
      'certificate without key',
      { environment: { HUB_TLS_CERT: 'c.pem' } },
      'environment HUB_TLS_CERT: needs tls.key beside it',
    ],
    [
      'two master keys',
      { environment: { HUB_MASTER_KEY: 'x', HUB_MASTER_KEY_COMMAND: 'y' } },
      'environment HUB_MASTER_KEY_COMMAND: the master key is given in more than one way; choose one',
    ],
    [
      'master key in the file',
      hubYaml('masterKey:\n  value: abc\n'),
      'hub.yaml:2:10 masterKey.value: is a secret and does not stand in a file; set HUB_MASTER_KEY or masterKey.file instead',
    ],
  ])('%s', (_, given, problem) => {
    expect(problemsOf(given)).toEqual([problem]);
  });

  it('in YAML itself is shown with its line', () => {
    const [problem, ...rest] = problemsOf(hubYaml('host: a\nport: [1\n'));
    expect(problem).toMatch(/^hub\.yaml:\d+:\d+: /);
    expect(rest).toEqual([]);
    expect(problemsOf(hubYaml('port: 1\nport: 2\n'))[0]).toMatch(/^hub\.yaml:2:1: .*unique/i);
  });

  it('never stands alone: every problem of every source is listed at once', () => {
    const problems = problemsOf({
      ...hubYaml(
        'port: x\nnope: 1\nconnections:\n  - name: a\n    provider: openai\n    credentials: [{ secret: "${GONE}" }]\n',
      ),
      environment: { HUB_WORKERS: '0' },
      flags: { logLevel: 'loud' },
    });
    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
      'hub.yaml:1:7 port',
      'environment HUB_WORKERS',
      'flag --log-level',
      'hub.yaml:2:1 nope',
      'hub.yaml:6:29 connections[0].credentials[0].secret',
    ]);
  });

  it('of any kind is a listed problem, never another error', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.dictionary(fc.string(), fc.string()),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('port', 'tls', 'egress', 'limits', 'connections', 'aliases', 'keys', 'store'),
        anything,
        (key, value) => {
          problemsOf(hubYaml(JSON.stringify({ [key]: value })));
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('says of each setting that is no default where it was given: the flag before the variable before the file', () => {
  const { origins } = load({
    ...hubYaml('host: 127.0.0.2\nport: 4000\nlog:\n  level: debug\n'),
    environment: { HUB_PORT: '4001', HUB_LOG_LEVEL: 'warn', HUB_DATABASE_URL: '' },
    flags: { logLevel: 'error' },
  });
  expect(Object.fromEntries(origins)).toEqual({
    host: 'file',
    port: 'environment HUB_PORT',
    'log.level': 'flag --log-level',
  });
});

describe('warnings', () => {
  it.each([
    ['off loopback without TLS', { environment: { HUB_HOST: '0.0.0.0' } }, 1],
    ['off loopback with TLS', { environment: { HUB_HOST: '::', HUB_TLS_SELF_SIGNED: '1' } }, 0],
    [
      'off loopback behind a proxy with TLS',
      { environment: { HUB_HOST: '0.0.0.0', HUB_PUBLIC_URL: 'https://ai.example' } },
      0,
    ],
    ['loopback by name', { environment: { HUB_HOST: 'localhost' } }, 0],
    ['IPv6 loopback', { environment: { HUB_HOST: '::1' } }, 0],
    ['a variable of the hub mistyped', { environment: { HUB_PROT: '80' } }, 1],
    [
      'a variable of the hub that is no setting',
      { environment: { HUB_TEST_REAL_MODEL_URL: 'http://x', HUB_CONFIG: '' } },
      0,
    ],
  ])('%s', (_, given, count) => {
    expect(load(given).warnings).toHaveLength(count);
  });
});
