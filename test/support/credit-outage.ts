import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { giveMuch, setPrices, withStore } from './credit-scene.ts';
import { startFakeUpstream } from './fake-upstream.ts';
import { type Fault, startFaultProxy } from './fault-proxy.ts';
import { callHub, chatBody, eventually } from './hub-calls.ts';
import { type LoadedCall, served, startLoad } from './hub-load.ts';
import { startHub } from './hub-process.ts';
import { postgresDatabase } from './postgres.ts';

/** A hub whose calls are paid for, and a database that it reaches badly for a while. */

const CALLERS = 4;
/** Leaves before the fault, and ends within it. */
const SLOW = 'fake-small@wait:600';
const ACCOUNT = 'organization/org_default';
const SETTLED_WITHIN_MS = 30_000;

export type Outage = {
  readonly fault: Fault;
  /** How those ended that had left before. */
  readonly inFlight: readonly (number | undefined)[];
  /** What was asked for during the fault and answered during it. */
  readonly meanwhile: readonly LoadedCall[];
  /** From the end of the fault to the first call that was served. */
  readonly recoveredAfterMs: number;
};

export type OutagesSeen = {
  readonly outages: readonly Outage[];
  /** Everything that anybody was answered. */
  readonly statuses: ReadonlySet<number | undefined>;
  /** Calls that were served. */
  readonly served: number;
  /** Calls that were charged something. */
  readonly charged: number;
  readonly differences: readonly string[];
  readonly commitsDropped: number;
};

/** Lets one fault after the other happen, each for so long, and tells what came of it. */
export async function seeOutages(faults: readonly Fault[], forMs: number): Promise<OutagesSeen> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hub-outage-'));
  const upstream = await startFakeUpstream({ models: ['fake-small', SLOW], journalEntriesMax: 1000 });
  const database = await postgresDatabase();
  const proxy = await startFaultProxy(database.url);
  const environment = { HUB_DATABASE_URL: proxy.url, HUB_CREDIT: 'true', HUB_LOG_LEVEL: 'error' };
  const hub = await startHub({ dataDir, allow: [`127.0.0.1:${upstream.port}`], environment });
  try {
    await hub.connectFake(upstream, { name: 'fake' });
    await setPrices(hub);
    const { secret } = await hub.createKey('credit');
    return await withStore({ kind: 'postgres', url: database.url }, async (store) => {
      await giveMuch(store, [ACCOUNT]);
      const outages: Outage[] = [];
      const all: LoadedCall[] = [];
      let others = 0;
      for (const fault of faults) {
        upstream.journal.clear();
        const slow = Array.from({ length: CALLERS }, () =>
          callHub(hub, secret, { body: chatBody({ model: `fake/${SLOW}` }) }).catch(() => undefined),
        );
        await eventually('calls that have left', () => upstream.journal.calls().length >= CALLERS);
        proxy.set(fault);
        const began = Date.now();
        const load = startLoad(hub, secret, { callers: CALLERS });
        await wait(forMs);
        proxy.set('none');
        const ended = Date.now();
        await eventually(
          'served call',
          () => served(load.calls).some(({ endedAt, startedAt }) => endedAt > ended && startedAt > began),
          SETTLED_WITHIN_MS,
        );
        const recoveredAfterMs = Date.now() - ended;
        const calls = await load.stop();
        const inFlight = (await Promise.all(slow)).map((answer) => answer?.status);
        others += inFlight.filter((status) => status === 200).length;
        all.push(...calls);
        const meanwhile = calls.filter(({ endedAt }) => endedAt < ended);
        outages.push({ fault, inFlight, meanwhile, recoveredAfterMs });
      }
      const found = await settled(store);
      return {
        ...found,
        outages,
        statuses: new Set(all.map(({ answer }) => answer?.status)),
        served: others + served(all).length,
        commitsDropped: proxy.commitsDropped(),
      };
    });
  } finally {
    await hub.kill9();
    await proxy.close();
    await upstream.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** What the ledger holds once nothing is held any more. */
async function settled(store: Store): Promise<Pick<OutagesSeen, 'charged' | 'differences'>> {
  await eventually(
    'end of every hold',
    async () => {
      const page = { limit: 1, afterId: undefined };
      return (
        (await store.ledgerReader.holds({ organizationId: 'org_default' }, { accountId: undefined }, page)).length === 0
      );
    },
    SETTLED_WITHIN_MS,
  );
  const verdict = await verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none')));
  return {
    // Each charge of a call that used something is one entry; the grant is another.
    charged: verdict.entries - 1,
    differences: verdict.differences.filter(({ id }) => !id.startsWith('seal')).map(({ id, what }) => `${id} ${what}`),
  };
}
