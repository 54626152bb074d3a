import { describe, expect, it } from 'vitest';
import { loadSettings, SettingsError } from '../settings.ts';

const CWD = '/srv/hub';

function load(yaml: string, environment: Record<string, string> = {}) {
  return loadSettings({
    flags: {},
    environment,
    cwd: CWD,
    readFile: (path) => (path === `${CWD}/hub.yaml` ? yaml : undefined),
  });
}

function problemsOf(yaml: string, environment?: Record<string, string>): readonly string[] {
  try {
    load(yaml, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
  return [];
}

const EXAMPLE = `
connections:
  - name: eu
    provider: azure-openai
    params: { resource: mine }
    newModels: awaiting_approval
    position: 1
    credentials:
      - { name: first, secret: "\${EU_KEY}", weight: 3 }
      - { name: second, secret: "\${EU_KEY_2}" }
    models: [gpt-5, gpt-5]
  - name: gpu
    provider: vllm
    baseUrl: http://gpu.lan:8000/v1
aliases:
  fast: eu/gpt-5
identity:
  - { provider: vllm, model: my-llama, is: llama-3.3-70b }
prices:
  - { provider: vllm, model: my-llama, input: 0.1, output: "0.25" }
keys:
  - { name: ci, secret: "\${CI_KEY}", allowedModels: [fast], expires: 2027-01-31 }
routes:
  - name: smart
    strategy: weighted
    tiers:
      - targets: [{ model: eu/gpt-5, weight: 3 }, { model: gpu/my-llama, timeouts: { firstByteMs: 500 } }]
    rules:
      - when: { keys: [ci], headers: { X-Kind: [batch] }, inputTokensMin: 1000 }
        tiers: [{ targets: [{ model: gpu/my-llama }] }]
    fallbacks: { contextTooLong: eu/gpt-5 }
usageLimits:
  - name: Budget
    subject: { kind: organization }
    measure: money
    amount: 100.5
    window: { kind: calendar, unit: month, timeZone: Asia/Taipei }
    mode: hard
    thresholds: [100, 80, 80]
  - { name: At once, subject: { kind: key, id: ci }, measure: concurrent, amount: 4, mode: soft }
`;
const ENVIRONMENT = { EU_KEY: 'canary-1', EU_KEY_2: 'canary-2', CI_KEY: 'sk-hub-canary-0123456789abcdef' };

describe('what hub.yaml declares', () => {
  it('is read with its secrets filled in and its defaults set', () => {
    const { declared, referencedVariables } = load(EXAMPLE, ENVIRONMENT);
    expect(
      declared.connections.map(({ credentials, ...rest }) => ({
        ...rest,
        credentials: credentials.map(({ name, weight, secret }) => [name, weight, secret.reveal()]),
      })),
    ).toEqual([
      {
        source: 'file',
        name: 'eu',
        providerId: 'azure-openai',
        baseUrl: undefined,
        params: { resource: 'mine' },
        enabled: true,
        newModels: 'awaiting_approval',
        position: 1,
        credentials: [
          ['first', 3, 'canary-1'],
          ['second', 1, 'canary-2'],
        ],
        models: ['gpt-5'],
      },
      {
        source: 'file',
        name: 'gpu',
        providerId: 'vllm',
        baseUrl: 'http://gpu.lan:8000/v1',
        params: {},
        enabled: true,
        newModels: 'enabled',
        position: 1001,
        credentials: [],
        models: [],
      },
    ]);
    expect(declared.aliases).toEqual([{ name: 'fast', target: 'eu/gpt-5' }]);
    expect(declared.identity).toEqual([
      { providerId: 'vllm', upstreamModel: 'my-llama', canonicalModel: 'llama-3.3-70b' },
    ]);
    expect(declared.prices).toEqual([
      {
        providerId: 'vllm',
        model: 'my-llama',
        prices: [
          { unit: 'input', price: 100_000_000n },
          { unit: 'output', price: 250_000_000n },
        ],
      },
    ]);
    expect(declared.routes).toEqual([
      {
        name: 'smart',
        definition: {
          strategy: 'weighted',
          affinity: 'none',
          tiers: [
            {
              targets: [
                { model: 'eu/gpt-5', weight: 3, timeouts: {} },
                { model: 'gpu/my-llama', weight: 1, timeouts: { firstByteMs: 500 } },
              ],
            },
          ],
          rules: [
            {
              when: { keyIds: ['ci'], headers: { 'x-kind': ['batch'] }, inputTokensMin: 1000 },
              tiers: [{ targets: [{ model: 'gpu/my-llama', weight: 1, timeouts: {} }] }],
            },
          ],
          timeouts: {},
          fallbacks: { contextTooLong: 'eu/gpt-5' },
        },
      },
    ]);
    expect(declared.limits).toMatchObject([
      {
        name: 'Budget',
        subject: { kind: 'organization', id: undefined },
        amount: 100_500_000_000n,
        window: { kind: 'calendar', unit: 'month', timeZone: 'Asia/Taipei' },
        thresholds: [80, 100],
      },
      { name: 'At once', subject: { kind: 'key', id: 'ci' }, amount: 4n, window: undefined, mode: 'soft' },
    ]);
    expect(declared.keys[0]?.expiresAt).toBe(Date.UTC(2027, 0, 31));
    expect([...referencedVariables].sort()).toEqual(['CI_KEY', 'EU_KEY', 'EU_KEY_2']);
  });

  it('does not print its secrets', () => {
    const { declared } = load(EXAMPLE, ENVIRONMENT);
    const printed = JSON.stringify(declared, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(printed).not.toContain('canary');
  });

  it('is empty without a file', () => {
    expect(load('# nothing\n').declared).toEqual({
      connections: [],
      aliases: [],
      identity: [],
      prices: [],
      keys: [],
      routes: [],
      limits: [],
    });
  });
});

describe('a fault in hub.yaml is listed with its line', () => {
  const key = (fields: string) => `keys:\n  - { name: a, ${fields} }\n`;
  const limit = (fields: string) =>
    `usageLimits:\n  - { name: a, mode: soft, subject: { kind: organization }, ${fields} }\n`;
  const SECRET = { S: 'sk-hub-0123456789abcdefghij' };
  it.each<[string, string, string]>([
    [
      'address',
      'connections:\n  - name: a\n    provider: openai\n    baseUrl: example.com\n',
      'hub.yaml:4:14 connections[0].baseUrl: must be an http:// or https:// address',
    ],
    ['field missing', 'connections:\n  - name: a\n', 'hub.yaml:2:5 connections[0].provider: is missing'],
    [
      'name',
      'connections:\n  - { name: "a/b", provider: x }\n',
      'hub.yaml:2:13 connections[0].name: must begin with a letter or digit and hold only letters, digits, ".", "_", "-"',
    ],
    [
      'name twice',
      'connections:\n  - { name: a, provider: x }\n  - { name: a, provider: y }\n',
      'hub.yaml:3:13 connections[1].name: "a" stands here twice',
    ],
    [
      'policy',
      'connections:\n  - { name: a, provider: x, newModels: maybe }\n',
      'hub.yaml:2:40 connections[0].newModels: must be one of enabled, hidden, awaiting_approval',
    ],
    [
      'secret in the clear',
      'connections:\n  - { name: a, provider: x, credentials: [{ secret: canary }] }\n',
      'hub.yaml:2:53 connections[0].credentials[0].secret: must name an environment variable as ${NAME}; secrets do not stand in this file',
    ],
    [
      'variable not set',
      'connections:\n  - { name: a, provider: x, credentials: [{ secret: "${NOPE}" }] }\n',
      'hub.yaml:2:53 connections[0].credentials[0].secret: the environment variable NOPE is not set',
    ],
    [
      'weight',
      'connections:\n  - { name: a, provider: x, credentials: [{ secret: "${S}", weight: 0 }] }\n',
      'hub.yaml:2:69 connections[0].credentials[0].weight: must be at least 1',
    ],
    [
      'unknown field',
      'connections:\n  - { name: a, provider: x, baseURL: "http://a" }\n',
      'hub.yaml:2:29 connections[0].baseURL: is not known; did you mean "baseUrl"?',
    ],
    ['list of another kind', 'connections: { a: 1 }\n', 'hub.yaml:1:14 connections: must be a list'],
    ['alias target', 'aliases:\n  fast: 3\n', 'hub.yaml:2:9 aliases.fast: must be a text'],
    [
      'price',
      'prices:\n  - { provider: p, model: m, input: -1 }\n',
      'hub.yaml:2:37 prices[0].input: must be dollars per million, zero or more, such as 2.50',
    ],
    [
      'price without amounts',
      'prices:\n  - { provider: p, model: m }\n',
      'hub.yaml:2:5 prices[0]: must give a price for input or output',
    ],
    ['key without secret', key('enabled: true'), 'hub.yaml:2:5 keys[0]: must give either secret or secretHash'],
    [
      'weak key',
      key('secret: "${WEAK}"'),
      'hub.yaml:2:24 keys[0].secret: the environment variable WEAK holds a key of fewer than 24 characters',
    ],
    [
      'key hash',
      key('secretHash: abc'),
      'hub.yaml:2:28 keys[0].secretHash: must be 64 hexadecimal digits, as `aigne-hub key create --json` prints them',
    ],
    [
      'expiry',
      key('secret: "${S}", expires: tomorrow'),
      'hub.yaml:2:41 keys[0].expires: must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z',
    ],
    [
      'route without targets',
      'routes:\n  - { name: a, tiers: [] }\n',
      'hub.yaml:2:23 routes[0].tiers: must not be empty',
    ],
    [
      'route twice',
      'routes:\n  - &a { name: a, tiers: [{ targets: [{ model: m }] }] }\n  - *a\n',
      'hub.yaml:3:5 routes[1].name: "a" stands here twice',
    ],
    [
      'rule for every request',
      'routes:\n  - { name: a, tiers: [{ targets: [{ model: m }] }], rules: [{ when: {}, tiers: [{ targets: [{ model: m }] }] }] }\n',
      'hub.yaml:2:70 routes[0].rules[0].when: must say what a request is like; without a condition the tiers stand in the route itself',
    ],
    [
      'condition that is not known',
      'routes:\n  - { name: a, tiers: [{ targets: [{ model: m }] }], rules: [{ when: { keyIds: [x], tools: true }, tiers: [{ targets: [{ model: m }] }] }] }\n',
      'hub.yaml:2:72 routes[0].rules[0].when.keyIds: is not known; did you mean "keys"?',
    ],
    [
      'limits of callers among the bounds of the process',
      'limits:\n  - { name: a }\n',
      'hub.yaml:2:3 limits: must be a map of keys and values; limits of what is used are declared under usageLimits',
    ],
    [
      'amount',
      limit('measure: requests, amount: 1.5, window: { kind: rolling, seconds: 60 }'),
      'hub.yaml:2:88 usageLimits[0].amount: must be above zero: a whole number, or of money at most nine million with nine places at most',
    ],
    [
      'zone',
      limit('measure: requests, amount: 1, window: { kind: calendar, unit: day, timeZone: Nowhere/Land }'),
      'hub.yaml:2:138 usageLimits[0].window.timeZone: must be a time zone such as Asia/Taipei',
    ],
    [
      'kind of window',
      limit('measure: requests, amount: 1, window: { kind: sliding }'),
      'hub.yaml:2:107 usageLimits[0].window.kind: must be of the kind calendar or rolling',
    ],
    [
      'limit without a window',
      limit('measure: requests, amount: 1'),
      'hub.yaml:2:5 usageLimits[0].window: is missing; only the measure concurrent has none',
    ],
    [
      'tag without a name',
      'usageLimits:\n  - { name: a, mode: soft, subject: { kind: tag }, measure: concurrent, amount: 1 }\n',
      'hub.yaml:2:37 usageLimits[0].subject: must give the id of the tag: name, or name=value',
    ],
  ])('%s', (_, yaml, problem) => {
    expect(problemsOf(yaml, { ...SECRET, WEAK: 'sk-1234' })).toEqual([problem]);
  });
});
