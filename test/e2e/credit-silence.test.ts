import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { StoreLocation } from '../../src/storage/open-store.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, chatBody, eventually, type HubAnswer } from '../support/hub-calls.ts';
import { served, startLoad } from '../support/hub-load.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { postgresAvailable, postgresDatabase } from '../support/postgres.ts';
import { stopPostgres } from '../support/stop-postgres.ts';

/** Calls that are paid for with credit while the store does not answer. */

const SILENCE_MS = 7000;
/** How long a call waits for the store, with the record of its refusal; and room for a slow machine. */
const REFUSED_WITHIN_MS = 1000 + 500;
const CALLERS = 4;
/** Long enough that its end falls into the silence. */
const SLOW = 'fake/fake-small@wait:1500';

type Place = {
  readonly location: StoreLocation;
  readonly environment: Readonly<Record<string, string>>;
  /** Silences the store; gives how to end that. */
  readonly silence: () => Promise<() => void>;
};

const postgres = postgresAvailable();
const PLACES: readonly (readonly [string, isThere: boolean, (dataDir: string) => Promise<Place>])[] = [
  ['SQLite', true, sqlitePlace],
  [`PostgreSQL${postgres.available ? '' : ` (not run: ${postgres.reason})`}`, postgres.available, postgresPlace],
];

function sqlitePlace(dataDir: string): Promise<Place> {
  const path = join(dataDir, 'hub.db');
  const silence = (): Promise<() => void> => {
    const database = new Database(path, { timeout: 10_000 });
    database.exec('BEGIN EXCLUSIVE');
    return Promise.resolve(() => {
      database.exec('ROLLBACK');
      database.close();
    });
  };
  return Promise.resolve({ location: { kind: 'sqlite', path }, environment: {}, silence });
}

async function postgresPlace(): Promise<Place> {
  const { url, drop } = await postgresDatabase();
  onTestFinished(() => drop());
  return {
    location: { kind: 'postgres', url },
    environment: { HUB_DATABASE_URL: url },
    silence: () => stopPostgres(url),
  };
}

let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});

afterAll(async () => {
  await upstream.close();
});

const callsOf = (model: string) => upstream.journal.calls().filter((entry) => `fake/${entry.model}` === model);

async function startPaid(dataDir: string, { location, environment }: Place): Promise<{ hub: HubProcess; key: string }> {
  const hub = await startHub({
    dataDir,
    allow: [new URL(upstream.url).host],
    environment: { ...environment, HUB_CREDIT: 'true', HUB_SIMULATED: 'off' },
  });
  upstream.setModels(['fake-small', SLOW.slice('fake/'.length)]);
  await hub.connectFake(upstream, { name: 'fake' });
  await setPrices(hub);
  await withStore(location, (store) => giveMuch(store, ['organization/org_default']));
  return { hub, key: (await hub.createKey('credit')).secret };
}

/** What the ledger holds once nothing is held any more. */
async function settled(location: StoreLocation) {
  return await withStore(location, (store) =>
    eventually(
      'no hold is open',
      async () => {
        const { recorded, due } = await store.ledgerHolds.stray(100);
        const open = await store.ledgerReader.anyHolds({ limit: 1, afterId: undefined });
        if (recorded.length + due.length + open.length > 0) return undefined;
        // Only now: what a hold becomes is written with its end.
        const verdict = await verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none')));
        return {
          differences: verdict.differences.filter(({ id }) => !id.startsWith('seal')),
          // Each charge of a call that used something is one entry; the grant is another.
          charges: verdict.entries - 1,
        };
      },
      20_000,
    ),
  );
}

describe.each(PLACES)('a silent store on %s', (_, isThere, placeIn) => {
  it.runIf(isThere)('lets no call begin unpaid, and no call that had begun end so', { timeout: 60_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hub-credit-silence-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const place = await placeIn(dataDir);
    upstream.journal.clear();
    const { hub, key } = await startPaid(dataDir, place);
    onTestFinished(async () => void (await hub.stop()));

    const slow = Array.from({ length: CALLERS }, () => callHub(hub, key, { body: chatBody({ model: SLOW }) }));
    await eventually('the slow calls have left', () => callsOf(SLOW).length >= CALLERS);
    const end = await place.silence();
    const load = startLoad(hub, key, { callers: CALLERS });
    await wait(SILENCE_MS);
    end();
    const endedAt = Date.now();
    const back = await eventually('answer', async () => {
      const answer = await callHub(hub, key, { body: chatBody() });
      return answer.status === 200 ? answer : undefined;
    });
    const calls = await load.stop();
    const meanwhile = calls.filter(({ endedAt: at }) => at < endedAt);

    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual(slow.map(() => 200));
    expect(meanwhile.length).toBeGreaterThan(CALLERS);
    expect(new Set(meanwhile.map(({ answer }) => answer?.status))).toEqual(new Set([503]));
    const waits = meanwhile.map(({ startedAt, endedAt: at }) => at - startedAt);
    expect(Math.max(...waits)).toBeLessThan(REFUSED_WITHIN_MS);
    expect(Date.now() - endedAt).toBeLessThan(10_000);
    const paid: readonly HubAnswer[] = [back, ...served(calls).flatMap(({ answer }) => answer ?? [])];
    const { charges, differences } = await settled(place.location);
    expect(differences).toEqual([]);
    // The calls that were asked for while waiting for the first answer are among those that were refused.
    expect(charges).toBe(slow.length + paid.length);
  });
});
