import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nanoUsd } from '../kernel/money.ts';
import type { RequestOutcome, UsageRecord } from '../protocol/records.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import { outcome } from '../storage/testing/rows.ts';
import { freshStore, TEST_ENGINES } from '../storage/testing/stores.ts';
import { InFlightJournal, readLeftJournals } from './inflight-journal.ts';
import { decodeNote, encodeNote, type InFlightNote } from './inflight-note.ts';
import type { RecordStore } from './ports.ts';
import { hasLeftJournals, recoverInterrupted } from './recover.ts';

function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hub-journal-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** What is noted of a call that leaves. */
function noteOf(number: number, fields: Partial<UsageRecord> = {}): InFlightNote {
  const { usage } = outcome(number, fields);
  return decodeNote(encodeNote(usage)) ?? usage;
}

function recover(directory: string, store: Pick<RecordStore, 'commit'>, isDead: (id: string) => boolean = () => true) {
  return recoverInterrupted({
    directory,
    store,
    isDead,
    estimate: ({ requestBytes, output }) => ({
      usage: { ...NO_USAGE, inputTokens: requestBytes, outputTokens: output?.contentEvents },
      deliveredTokens: output?.contentEvents ?? 0,
    }),
    charge: (_record, usage) => ({ costNano: nanoUsd(BigInt(usage.outputTokens ?? 1)), rateCard: undefined }),
  });
}

describe.each(TEST_ENGINES)('on $kind', (engine) => {
  test.skipIf(engine.skip !== undefined)('calls that died with their process become records, once', async () => {
    const store = await freshStore(engine);
    const directory = temporaryDir();
    const journal = new InFlightJournal({ directory, instanceId: 'inst_1' });
    journal.begin(noteOf(1));
    const half = journal.begin(noteOf(2));
    half.progress({ contentBytes: 10, contentEvents: 3 });
    half.progress({ contentBytes: 90, contentEvents: 20 });
    const answered = journal.begin(noteOf(3));
    answered.progress({ contentBytes: 5, contentEvents: 1 });
    // The hub dies between the commit and the end of the note.
    await store.records.commit([outcome(3)]);

    expect((await recover(directory, store.records)).found).toBe(3);
    const records = await store.records.list(DEFAULT_TENANT, {}, { limit: 10, cursor: undefined });
    expect(records.map(({ status, usage, costNano }) => [status, usage.outputTokens, costNano])).toEqual([
      ['success', 5, 1500n],
      ['interrupted', 20, 20n],
      ['interrupted', undefined, 1n],
    ]);
    expect(records[1]).toMatchObject({ usageBasis: 'estimated', usage: { inputTokens: 1200 }, deliveredTokens: 20 });
    expect(readdirSync(directory)).toEqual([]);
    expect((await recover(directory, store.records)).found).toBe(0);
  });
});

describe('a note', () => {
  test('holds every field that it is made of', () => {
    const full = outcome(1, {
      tags: { team: 'a' },
      endUser: 'é',
      traceparent: '00-1',
      memberId: 'mem_1',
      streamed: true,
    });
    const note = decodeNote(encodeNote(full.usage));
    expect(Object.values(note ?? {})).toHaveLength(22);
    expect(full.usage).toMatchObject(note ?? {});
  });

  test.each([
    ['a torn line', encodeNote(outcome(1).usage).slice(0, 60)],
    ['a note of progress', '{"id":"ur_1","contentBytes":1,"contentEvents":1}'],
    ['a short list', '["ur_1"]'],
    ['nothing', ''],
  ])('is not read from %s', (_name, line) => {
    expect(decodeNote(line)).toBeUndefined();
  });
});

describe('the journal', () => {
  test('survives a last line that was torn', () => {
    const directory = temporaryDir();
    new InFlightJournal({ directory, instanceId: 'inst_1' }).begin(noteOf(1));
    appendFileSync(join(directory, 'inflight-inst_1-1.jsonl'), '["ur_2","req_2"');
    const [left] = readLeftJournals(directory, () => true);
    expect(left?.calls).toEqual([{ note: noteOf(1), progress: undefined }]);
  });

  test('says in which run of the machine it was written', async () => {
    const directory = temporaryDir();
    new InFlightJournal({ directory, instanceId: 'inst_1', bootId: 'boot_1' }).begin(noteOf(1));
    const { found, instances } = await recover(directory, { commit: async () => undefined });
    expect(found).toBe(1);
    expect(instances).toEqual([{ id: 'inst_1', bootId: 'boot_1' }]);
  });

  test('leaves the files of living processes alone', async () => {
    const directory = temporaryDir();
    for (const instanceId of ['inst_dead', 'inst_alive'])
      new InFlightJournal({ directory, instanceId }).begin(noteOf(1));
    const seen: string[] = [];
    const store = {
      commit: async (all: readonly RequestOutcome[]) => void seen.push(...all.map(({ usage }) => usage.id)),
    };
    expect((await recover(directory, store, (id) => id === 'inst_dead')).found).toBe(1);
    expect(seen).toHaveLength(1);
    expect(readdirSync(directory)).toEqual(['inflight-inst_alive-1.jsonl']);
  });

  test('is kept when the store does not take its calls', async () => {
    const directory = temporaryDir();
    new InFlightJournal({ directory, instanceId: 'inst_1' }).begin(noteOf(1));
    await expect(recover(directory, { commit: () => Promise.reject(new Error('gone')) })).rejects.toThrow('gone');
    expect(hasLeftJournals(directory)).toBe(true);
  });

  test('remembers where a call went last', () => {
    const directory = temporaryDir();
    const journal = new InFlightJournal({ directory, instanceId: 'inst_1' });
    journal.begin(noteOf(1, { connectionId: 'conn_first' })).reroute(noteOf(1, { connectionId: 'conn_second' }));
    const [left] = readLeftJournals(directory, () => true);
    expect(left?.calls.map(({ note }) => note.connectionId)).toEqual(['conn_second']);
  });

  test('begins a new file at four megabytes and removes each once all of its calls have ended', () => {
    const directory = temporaryDir();
    const journal = new InFlightJournal({ directory, instanceId: 'inst_1' });
    const long = 'x'.repeat(1024 * 1024);
    const files = (): string[] => readdirSync(directory).sort();
    const calls = [1, 2, 3, 4].map((number) => journal.begin(noteOf(number, { requestedModel: long })));
    expect(files()).toHaveLength(1);
    const next = journal.begin(noteOf(5));
    expect(files()).toEqual(['inflight-inst_1-1.jsonl', 'inflight-inst_1-2.jsonl']);
    calls[0]?.end();
    calls[0]?.end();
    for (const call of calls.slice(1, 3)) call.end();
    expect(files()).toHaveLength(2);
    calls[3]?.end();
    expect(files()).toEqual(['inflight-inst_1-2.jsonl']);
    // The file is gone, and its descriptor may be another's by now.
    expect(() => calls[3]?.progress({ contentBytes: 1, contentEvents: 1 })).not.toThrow();
    next.end();
    journal.close();
    expect(files()).toEqual([]);
  });

  test('that is closed before a call has ended keeps it for the next start, unless it ends after all', () => {
    const directory = temporaryDir();
    const journal = new InFlightJournal({ directory, instanceId: 'inst_1' });
    journal.begin(noteOf(1)).end();
    const unwritten = journal.begin(noteOf(2));
    journal.close();
    expect(readLeftJournals(directory, () => true)[0]?.calls.map(({ note }) => note.id)).toContain(noteOf(2).id);
    unwritten.end();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('removes a full file at once when its calls had ended before the next began', () => {
    const directory = temporaryDir();
    const journal = new InFlightJournal({ directory, instanceId: 'inst_1' });
    journal.begin(noteOf(1, { requestedModel: 'x'.repeat(5 * 1024 * 1024) })).end();
    journal.begin(noteOf(2));
    expect(readdirSync(directory)).toEqual(['inflight-inst_1-2.jsonl']);
  });
});
