import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { outcome } from '../storage/testing/rows.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { RecordCommitter } from './committer.ts';
import { refusedPath, replayLeftSpills, SpillFile, spillPath } from './spill-file.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true }));
afterEach(() => void vi.useRealTimers());

const STORE_SILENT_MS = 2000;
const REPLAY_PAUSE_MS = 1000;

/** A store that answers, hangs or fails as it is told, and writes each record once as the real ones do. */
class FakeStore {
  mode: 'answers' | 'hangs' | 'fails' = 'answers';
  readonly refuses = new Set<string>();
  readonly written = new Map<string, RequestOutcome>();
  readonly batches: string[][] = [];
  #hanging: (() => void)[] = [];

  commit = async (outcomes: readonly RequestOutcome[]): Promise<void> => {
    this.batches.push(outcomes.map(({ usage }) => usage.id));
    await this.#answer();
    if (outcomes.some(({ usage }) => this.refuses.has(usage.id))) throw new Error('value out of range');
    for (const each of outcomes) if (!this.written.has(each.usage.id)) this.written.set(each.usage.id, each);
  };

  ping = (): Promise<void> => this.#answer();

  /** Lets what hangs finish after all. */
  wake(): void {
    this.mode = 'answers';
    for (const go of this.#hanging) go();
    this.#hanging = [];
  }

  async #answer(): Promise<void> {
    if (this.mode === 'fails') throw new GatewayError('hub.store_unavailable');
    if (this.mode === 'hangs') await new Promise<void>((go) => this.#hanging.push(go));
  }
}

function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hub-records-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function setUp({ directory = temporaryDir() }: { directory?: string } = {}) {
  const store = new FakeStore();
  const states: string[] = [];
  const refused: string[] = [];
  const path = spillPath(directory, 'inst_1');
  const committer = new RecordCommitter({
    store,
    pingStore: store.ping,
    spill: new SpillFile(path),
    clock: systemClock,
    refused: new SpillFile(refusedPath(directory, 'inst_1')),
    onStoreState: (state) => states.push(state),
    onRefused: (recordId) => refused.push(recordId),
  });
  return { refused, committer, store, states, path, directory, files: () => readdirSync(directory) };
}

/** Waits, without the faked timers, until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  await vi.waitUntil(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return isSo();
  });
}

const ids = (numbers: readonly number[]): string[] => numbers.map((number) => outcome(number).usage.id);

describe('a record that the store will not have', () => {
  test('holds up no other, and is kept in a file of its own', async () => {
    const { committer, store, states, refused, directory } = setUp();
    const [bad = ''] = ids([3]);
    store.refuses.add(bad);
    await Promise.all([1, 2, 3, 4, 5].map((number) => committer.commit(outcome(number))));
    expect([...store.written.keys()].toSorted()).toEqual(ids([1, 2, 4, 5]).toSorted());
    expect(refused).toEqual([bad]);
    expect(readFileSync(refusedPath(directory, 'inst_1'), 'utf8')).toContain(bad);
    expect(states).toEqual([]);
    expect(committer.isStoreAnswering).toBe(true);
    await committer.close();
  });

  test('does not stop a replay of what was written aside', async () => {
    const { committer, store, refused } = setUp();
    const [bad = ''] = ids([2]);
    store.refuses.add(bad);
    store.mode = 'fails';
    await Promise.all([1, 2, 3].map((number) => committer.commit(outcome(number))));
    store.mode = 'answers';
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isStoreAnswering);
    expect([...store.written.keys()].toSorted()).toEqual(ids([1, 3]).toSorted());
    expect(refused).toEqual([bad]);
    await committer.close();
  });
});

describe('a store that others have waited for in vain', () => {
  test('is waited for no longer by a record that is on its way, nor by those after it', async () => {
    const { committer, store, states } = setUp();
    store.mode = 'hangs';
    const waiting = [1, 2].map((number) => committer.commit(outcome(number)));
    await until(() => store.batches.length === 1);
    committer.distrustStore();
    await Promise.all(waiting);
    await committer.commit(outcome(3));
    expect([...store.written.keys()]).toEqual([]);
    store.wake();
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isStoreAnswering);
    expect([...store.written.keys()].toSorted()).toEqual(ids([1, 2, 3]).toSorted());
    expect(states).toEqual(['silent', 'answering']);
    await committer.close();
  });

  test('is asked by itself whether it answers', async () => {
    const { committer, states } = setUp();
    committer.distrustStore();
    committer.distrustStore();
    expect(committer.isStoreAnswering).toBe(false);
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isStoreAnswering);
    expect(states).toEqual(['silent', 'answering']);
    await committer.close();
  });
});

describe('a store that answers', () => {
  test('takes the first record alone and all that wait meanwhile together, in order', async () => {
    const { committer, store, files } = setUp();
    await Promise.all([1, 2, 3, 4].map((number) => committer.commit(outcome(number))));
    expect(store.batches).toEqual([ids([1]), ids([2, 3, 4])]);
    expect(files()).toEqual([]);
  });

  test('gets at most 256 at once', async () => {
    const { committer, store } = setUp();
    const numbers = Array.from({ length: 600 }, (_, index) => index);
    await Promise.all(numbers.map((number) => committer.commit(outcome(number))));
    expect(store.batches.map(({ length }) => length)).toEqual([1, 256, 256, 87]);
    expect(store.batches.flat()).toEqual(ids(numbers));
  });

  test('is waited for: nothing resolves before its commit has', async () => {
    const { committer, store } = setUp();
    store.mode = 'hangs';
    let isDone = false;
    const done = committer.commit(outcome(1)).then(() => {
      isDone = true;
    });
    await vi.advanceTimersByTimeAsync(STORE_SILENT_MS / 2);
    expect(isDone).toBe(false);
    store.wake();
    await done;
    expect(store.written.size).toBe(1);
  });
});

describe('a store that is silent', () => {
  test.each(['hangs', 'fails'] as const)('and %s: records go to the file and come back exactly once', async (mode) => {
    const { committer, store, states, files } = setUp();
    store.mode = mode;
    const first = [1, 2, 3].map((number) => committer.commit(outcome(number)));
    if (mode === 'hangs') await vi.advanceTimersByTimeAsync(STORE_SILENT_MS);
    await Promise.all(first);
    expect(store.written.size).toBe(0);
    expect(files()).toEqual(['spill-inst_1.jsonl']);
    expect([committer.isAccepting, committer.isStoreAnswering]).toEqual([true, false]);
    // While it is silent nobody waits for it again.
    await committer.commit(outcome(4));
    store.wake();
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isStoreAnswering);
    expect([...store.written.keys()].sort()).toEqual(ids([1, 2, 3, 4]));
    expect(store.written.get(outcome(4).usage.id)).toEqual(outcome(4));
    expect(files()).toEqual([]);
    expect(states.at(0)).toBe('silent');
    expect(states.at(-1)).toBe('answering');
    await committer.commit(outcome(5));
    expect(store.batches.at(-1)).toEqual(ids([5]));
  });

  test('is asked again every second until it answers', async () => {
    const { committer, store, states } = setUp();
    store.mode = 'fails';
    await committer.commit(outcome(1));
    for (let turn = 0; turn < 3; turn += 1) {
      const before = states.length;
      await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
      await until(() => states.length > before);
    }
    expect(states).toEqual(['silent', 'silent', 'silent', 'silent']);
    store.wake();
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isStoreAnswering);
    expect(store.written.size).toBe(1);
  });

  test('brings in at the close what lies in the file', async () => {
    const { committer, store, files } = setUp();
    store.mode = 'fails';
    await committer.commit(outcome(1));
    store.wake();
    await committer.close();
    expect([...store.written.keys()]).toEqual(ids([1]));
    expect(files()).toEqual([]);
  });

  test('at the start: records go to the file at once', async () => {
    const { committer, store, path } = setUp();
    await new SpillFile(path).append([outcome(7)]);
    store.mode = 'fails';
    await committer.start();
    expect(committer.isStoreAnswering).toBe(false);
    await committer.commit(outcome(8));
    store.wake();
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isStoreAnswering);
    expect([...store.written.keys()]).toEqual(ids([7, 8]));
  });
});

test('a replay that lasts longer than the pause before the next is not met by a second one', async () => {
  const { committer, store, states, files } = setUp();
  store.mode = 'fails';
  await committer.commit(outcome(1));
  store.mode = 'answers';
  // The store has come back; it takes its time with what is brought in, while more is spilled and another look is due.
  const replays: string[][] = [];
  let finish: () => void = () => undefined;
  const { commit } = store;
  store.commit = async (outcomes) => {
    replays.push(outcomes.map(({ usage }) => usage.id));
    if (replays.length === 1) await new Promise<void>((go) => (finish = go));
    await commit(outcomes);
  };
  await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
  await until(() => replays.length === 1);
  await committer.commit(outcome(2));
  await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
  finish();
  await until(() => committer.isStoreAnswering);
  expect(replays).toEqual([ids([1]), ids([2])]);
  expect([...store.written.keys()]).toEqual(ids([1, 2]));
  expect(files()).toEqual([]);
  expect(states).toEqual(['silent', 'answering']);
});

describe('a disk that fails as well', () => {
  test('stops new requests until the store or the disk is back', async () => {
    const directory = join(temporaryDir(), 'missing');
    const { committer, store } = setUp({ directory });
    store.mode = 'fails';
    await expect(committer.commit(outcome(1))).rejects.toMatchObject({ code: 'hub.store_unavailable' });
    expect(committer.isAccepting).toBe(false);
    // With the store still gone, an empty file is no reason to take requests again.
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => vi.getTimerCount() > 0);
    expect(committer.isAccepting).toBe(false);
    store.wake();
    await vi.advanceTimersByTimeAsync(REPLAY_PAUSE_MS);
    await until(() => committer.isAccepting);
    expect(committer.isStoreAnswering).toBe(true);
    await committer.commit(outcome(2));
    expect([...store.written.keys()]).toEqual(ids([2]));
  });

  test('takes records again once it does', async () => {
    const directory = join(temporaryDir(), 'missing');
    const { committer, store } = setUp({ directory });
    store.mode = 'fails';
    await expect(committer.commit(outcome(1))).rejects.toThrow();
    mkdirSync(directory);
    await committer.commit(outcome(2));
    expect(committer.isAccepting).toBe(true);
  });
});

test('more than 20,000 waiting records stop new requests', async () => {
  const { committer, store } = setUp();
  store.mode = 'hangs';
  const waiting = Array.from({ length: 20_001 }, (_, number) => committer.commit(outcome(number)));
  expect(committer.isAccepting).toBe(false);
  store.wake();
  await Promise.all(waiting);
  expect(committer.isAccepting).toBe(true);
  expect(store.written.size).toBe(20_001);
});

describe('the spill file', () => {
  test('loses no record to a line that a full disk cut short', async () => {
    const { path, store } = setUp();
    const spill = new SpillFile(path);
    await spill.append([outcome(1)]);
    appendFileSync(path, '{"usage":{"id":"torn');
    await spill.append([outcome(2)]);
    await spill.replay(store.commit);
    expect([...store.written.keys()]).toEqual(ids([1, 2]));
  });

  test('is kept when the store fails half-way, and replayed whole', async () => {
    const { path, store, files } = setUp();
    const spill = new SpillFile(path);
    const numbers = Array.from({ length: 450 }, (_, index) => index);
    await spill.append(numbers.map((number) => outcome(number)));
    let commits = 0;
    const failing = async (outcomes: readonly RequestOutcome[]): Promise<void> => {
      commits += 1;
      if (commits === 2) throw new Error('gone');
      await store.commit(outcomes);
    };
    await expect(spill.replay(failing)).rejects.toThrow('gone');
    expect(store.written.size).toBe(200);
    await spill.append([outcome(450)]);
    await spill.replay(store.commit);
    expect([...store.written.keys()]).toEqual(ids([...numbers, 450]));
    expect(files()).toEqual([]);
  });

  test('of a dead process is brought in, that of a living one is left alone', async () => {
    const { directory, store, files } = setUp();
    await new SpillFile(spillPath(directory, 'inst_dead')).append([outcome(1)]);
    await new SpillFile(spillPath(directory, 'inst_alive')).append([outcome(2)]);
    await replayLeftSpills(directory, (id) => id === 'inst_dead', store.commit);
    expect([...store.written.keys()]).toEqual(ids([1]));
    expect(files()).toEqual(['spill-inst_alive.jsonl']);
  });

  test.each(TEST_ENGINES.filter(({ skip }) => skip === undefined))(
    'replayed twice into a real $kind store writes every record once',
    async (engine) => {
      vi.useRealTimers();
      const store = await freshStore(engine);
      const { path } = setUp();
      await store.records.commit([outcome(1)]);
      for (let turn = 0; turn < 2; turn += 1) {
        const spill = new SpillFile(path);
        await spill.append([outcome(1), outcome(2)]);
        await spill.replay(store.records.commit);
      }
      const records = await store.records.list(DEFAULT_TENANT, {}, { limit: 10, cursor: undefined });
      expect(records.map(({ id }) => id)).toEqual(ids([2, 1]));
      expect(records[0]).toEqual(outcome(2).usage);
    },
  );
});
