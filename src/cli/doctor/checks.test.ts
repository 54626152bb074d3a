import { describe, expect, it } from 'vitest';
import type { MailFault } from '../../mail/ports.ts';
import type { RowSecurity } from '../../protocol/row-security.ts';
import { diagnose } from './checks.ts';
import type { DoctorFacts } from './facts.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 24 * 3_600_000;

const WELL: DoctorFacts = {
  nodeVersion: 'v24.1.0',
  nowMs: NOW,
  settings: { state: 'good', filePath: '/etc/hub.yaml', warnings: [] },
  dataDir: {
    path: '/data',
    state: 'writable',
    freeBytes: 10 * 1024 ** 3,
    secretFiles: [{ path: '/data/secrets/master.key', mode: 0o600 }],
  },
  store: {
    state: 'open',
    kind: 'postgres',
    schemaVersion: '0001',
    damage: [],
    rowSecurity: { state: 'on' },
    nowMs: NOW + 100,
  },
  masterKey: { state: 'matches', fingerprint: 'ab12' },
  listen: { host: '127.0.0.1', port: 4180, state: 'held_by_hub' },
  tls: [{ path: '/tls/cert.pem', endsAtMs: NOW + 90 * DAY_MS, problem: undefined }],
  mail: { state: 'answers', server: 'mail.example.com:587' },
  egress: {
    localTargets: [{ connection: 'ollama', target: '127.0.0.1:11434', allowed: true }],
    proxies: [{ variable: 'HTTPS_PROXY', problem: undefined }],
  },
  connections: [
    { name: 'openai', state: 'ok', message: undefined },
    { name: 'new', state: 'unknown', message: undefined },
  ],
};

const dataDir = (change: object) => ({
  dataDir: { path: '/data', state: 'writable' as const, freeBytes: 10 * 1024 ** 3, secretFiles: [], ...change },
});
const mail = (fault: MailFault, reason: string) => ({
  mail: { state: 'failed' as const, server: 'mail.example.com:587', fault, reason },
});
const listen = (state: 'taken' | 'not_allowed' | 'no_such_address') => ({
  listen: { host: '10.0.0.1', port: 80, state },
});
const tls = (file: { endsAtMs?: number; problem?: string }) => ({
  tls: [{ path: '/c.pem', endsAtMs: file.endsAtMs, problem: file.problem }],
});
const store = (change: { damage?: string[]; nowMs?: number; rowSecurity?: RowSecurity }) => ({
  store: {
    state: 'open' as const,
    kind: 'postgres' as const,
    schemaVersion: '0001',
    damage: [],
    rowSecurity: { state: 'on' as const },
    nowMs: undefined,
    ...change,
  },
});

it('finds nothing wrong where nothing is', () => {
  expect(diagnose(WELL).filter((finding) => finding.state !== 'good')).toEqual([]);
});

describe('each thing that can be wrong is found, with what to do', () => {
  it.each<[string, Partial<DoctorFacts>, 'bad' | 'warning', RegExp, RegExp]>([
    [
      'a mail server that is not there',
      mail('unreachable', 'connect ECONNREFUSED'),
      'bad',
      /mail\.example\.com:587 does not answer: connect ECONNREFUSED/,
      /firewall/,
    ],
    ['a certificate of another', mail('encryption', 'self-signed certificate'), 'bad', /in private/, /HUB_CA_FILE/],
    ['a password that is wrong', mail('sign_in', '535 no'), 'bad', /sign in: 535 no/, /percent-encoded/],
    ['a mail server that refuses', mail('refused', '554 no'), 'bad', /refuses the hub: 554 no/, /HUB_MAIL_FROM/],
    ['an old Node', { nodeVersion: 'v22.18.0' }, 'bad', /v22\.18\.0 is too old/, /Install Node 22\.19/],
    [
      'a bad setting',
      { settings: { state: 'wrong', problems: [{ where: 'hub.yaml:3:1', message: 'is not known' }] } },
      'bad',
      /hub\.yaml:3:1: is not known/,
      /config check/,
    ],
    [
      'an odd setting',
      { settings: { state: 'good', filePath: undefined, warnings: ['no TLS'] } },
      'warning',
      /no TLS/,
      /configuration\.md/,
    ],
    ['a read-only data directory', dataDir({ state: 'read_only' }), 'bad', /cannot be written/, /--data-dir/],
    [
      'an open secret',
      dataDir({ secretFiles: [{ path: '/data/secrets/k', mode: 0o644 }] }),
      'bad',
      /mode 644/,
      /chmod 600 \/data\/secrets\/k/,
    ],
    ['a full disk', dataDir({ freeBytes: 1024 }), 'bad', /0 MiB free/, /Make room/],
    ['a filling disk', dataDir({ freeBytes: 500 * 1024 ** 2 }), 'warning', /500 MiB free/, /Make room/],
    [
      'a store that is down',
      { store: { state: 'failed', message: 'connection refused' } },
      'bad',
      /connection refused/,
      /Check its address/,
    ],
    [
      'row-level security that is off',
      store({ rowSecurity: { state: 'off', reason: 'No role.', remedy: 'CREATE ROLE r NOLOGIN' } }),
      'warning',
      /is off.*No role/,
      /CREATE ROLE/,
    ],
    ['a damaged store', store({ damage: ['page 7', 'page 8'] }), 'bad', /page 7 \(and 1 more\)/, /restore/],
    [
      'another master key',
      { masterKey: { state: 'differs', message: 'made with ab12' } },
      'bad',
      /made with ab12/,
      /Give the hub the key/,
    ],
    ['a taken port', listen('taken'), 'bad', /another program listens on 10\.0\.0\.1:80/, /--port/],
    ['a forbidden port', listen('not_allowed'), 'bad', /may not listen/, /above 1023/],
    ['a foreign address', listen('no_such_address'), 'bad', /no address of this machine/, /--host/],
    ['a clock before our time', { nowMs: 0 }, 'bad', /1970/, /NTP/],
    ['a clock that differs', store({ nowMs: NOW + 300_000 }), 'warning', /300 s off/, /NTP/],
    ['a missing certificate', tls({ problem: 'cannot be read (ENOENT)' }), 'bad', /ENOENT/, /PEM/],
    ['an ended certificate', tls({ endsAtMs: NOW - DAY_MS }), 'bad', /ended on 2026-05-31/, /Renew/],
    ['an ending certificate', tls({ endsAtMs: NOW + 3 * DAY_MS }), 'warning', /ends on 2026-06-04/, /Renew/],
    [
      'a local server that is not allowed',
      { egress: { localTargets: [{ connection: 'gpu', target: '10.0.0.5:11434', allowed: false }], proxies: [] } },
      'bad',
      /gpu is at 10\.0\.0\.5:11434/,
      /egress\.allow/,
    ],
    [
      'a bad proxy',
      { egress: { localTargets: [], proxies: [{ variable: 'HTTPS_PROXY', problem: 'is no address' }] } },
      'bad',
      /HTTPS_PROXY: is no address/,
      /http:\/\/host:port/,
    ],
    [
      'a failed connection',
      { connections: [{ name: 'openai', state: 'failed', message: '401' }] },
      'bad',
      /openai does not work: 401/,
      /provider test openai/,
    ],
  ])('%s', (_name, change, state, message, remedy) => {
    const found = diagnose({ ...WELL, ...change }).filter((finding) => finding.state !== 'good');
    expect(found).toEqual([
      {
        check: expect.any(String),
        state,
        message: expect.stringMatching(message),
        remedy: expect.stringMatching(remedy),
      },
    ]);
  });
});
