import { callInProcess } from '../../controlplane/in-process.ts';
import { startTestControlPlane, type TestControlPlane } from '../../controlplane/testing/call.ts';
import { TEST_ADMIN_TOKEN, TEST_NOW } from '../../controlplane/testing/memory-state.ts';
import type { CliDeps, StartFlags } from '../deps.ts';
import type { DoctorPorts } from '../doctor/gather.ts';
import { runCli } from '../run.ts';

/** What a command said and ended with. */
type Typed = { readonly code: number; readonly out: string; readonly err: string };

export type TestCommandLine = {
  readonly plane: TestControlPlane;
  /** Types a command; `deps` changes the world that it runs in. */
  readonly type: (command: readonly string[], deps?: Partial<CliDeps>) => Promise<Typed>;
  readonly started: StartFlags[];
  readonly opened: () => number;
  readonly closed: () => number;
};

/** A machine on which everything is well. */
export function healthyMachine(): DoctorPorts {
  return {
    nodeVersion: 'v24.1.0',
    now: () => TEST_NOW,
    settings: async () => ({ state: 'good', filePath: undefined, warnings: [] }),
    dataDir: async () => ({
      path: '/data',
      state: 'writable',
      freeBytes: 5 * 1024 ** 3,
      secretFiles: [{ path: '/data/secrets/master.key', mode: 0o600 }],
    }),
    listen: async () => ({ host: '127.0.0.1', port: 4180, state: 'free' }),
    tls: async () => [],
    mail: async () => undefined,
    store: async () => ({
      state: 'open',
      kind: 'sqlite',
      schemaVersion: '0001',
      damage: [],
      rowSecurity: { state: 'absent' },
      nowMs: undefined,
    }),
    masterKey: async () => ({ state: 'matches', fingerprint: 'ab12cd34' }),
    egress: async () => ({ localTargets: [], proxies: [] }),
    connections: async () => [],
  };
}

/** A command line on a control plane in memory, which it opens itself unless `findRunningHub` says that a hub runs. */
export async function startTestCommandLine(): Promise<TestCommandLine> {
  const plane = await startTestControlPlane();
  const started: StartFlags[] = [];
  let opened = 0;
  let closed = 0;
  const type: TestCommandLine['type'] = async (command, changed = {}) => {
    let out = '';
    let err = '';
    const deps: CliDeps = {
      version: '0.1.0',
      environment: {},
      out: { write: (text) => void (out += text), isTerminal: false },
      err: { write: (text) => void (err += text), isTerminal: false },
      input: { isTerminal: false, readAll: async () => 'piped-secret\n', readHidden: async () => 'typed-secret' },
      now: () => TEST_NOW,
      readFile: async (path) => Promise.reject(new Error(`no file ${path}`)),
      resolvePath: (path) => (path.startsWith('/') ? path : `/cwd/${path}`),
      start: async (flags) => {
        started.push(flags);
        return 0;
      },
      findRunningHub: async () => undefined,
      openOffline: async () => {
        opened += 1;
        return {
          send: callInProcess(plane.app, TEST_ADMIN_TOKEN),
          close: async () => {
            closed += 1;
          },
        };
      },
      connect: () => async () => Promise.reject(new Error('no hub runs in this test')),
      restore: async ({ from }) => ({ schemaVersion: '0001', target: `store from ${from}` }),
      copyStore: async () => [{ table: 'virtual_keys', rows: 2 }],
      doctor: healthyMachine,
      ...changed,
    };
    const code = await runCli(command, deps);
    return { code, out, err };
  };
  return { plane, type, started, opened: () => opened, closed: () => closed };
}
