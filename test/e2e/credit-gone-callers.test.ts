import { connect } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { giveMuch, setPrices, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { chatBody, eventually } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { createRandom } from '../support/random.ts';

/** Streams whose callers go at any byte: each ends once, and takes what can be accounted for. */

const SEED = 20_261_128;
const STREAMS = 400;
const AT_ONCE = 20;
const GONE_SHARE = 0.4;
/** More than a stream has, so that some leave after its end. */
const BYTES_MAX = 9000;
const ACCOUNT = 'organization/org_default';

let upstream: FakeUpstream;
let hub: HubProcess;
let secret: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  hub = await startHub({
    allow: [new URL(upstream.url).host],
    environment: { HUB_CREDIT: 'true', HUB_SIMULATED: 'off' },
  });
  await hub.connectFake(upstream, { name: 'fake' });
  await setPrices(hub);
  ({ secret } = await hub.createKey());
  await withStore(join(hub.dataDir, 'hub.db'), (store) => giveMuch(store, [ACCOUNT]));
});

afterAll(async () => {
  await hub.stop();
  await upstream.close();
});

type Leaving = { readonly afterBytes: number; readonly how: 'FIN' | 'RST' } | undefined;

/** Asks for a stream, and goes after so many bytes of the answer; resolves when the connection is over. */
function ask(path: string, user: string, leaving: Leaving): Promise<void> {
  const { hostname, port } = new URL(hub.address);
  // Anthropic's format has another word for the end user.
  const body = JSON.stringify(
    chatBody({
      stream: true,
      max_tokens: 200,
      ...(path === '/v1/messages' ? { metadata: { user_id: user } } : { user }),
    }),
  );
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let bytes = 0;
    const look = (): void => {
      if (leaving === undefined || bytes < leaving.afterBytes) return;
      if (leaving.how === 'RST') socket.resetAndDestroy();
      else socket.destroy();
    };
    socket.on('data', (piece) => {
      bytes += piece.length;
      look();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    const head = [
      `POST ${path} HTTP/1.1`,
      `host: ${hostname}`,
      `authorization: Bearer ${secret}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, look);
  });
}

type Row = {
  readonly user: string;
  readonly status: string;
  readonly charges: number;
  readonly amount: number | null;
  readonly held: number | null;
  readonly basis: string | null;
};

/** The records of all streams with the ends of their holds, once no call holds anything. */
async function rowsOf(): Promise<readonly Row[]> {
  return await eventually('end of every stream', () => {
    const database = new Database(join(hub.dataDir, 'hub.db'), { readonly: true });
    try {
      const open = database.prepare<[], { count: number }>('SELECT COUNT(*) AS count FROM ledger_holds').get();
      const rows = database
        .prepare<[], Row>(
          `SELECT u.end_user AS user, u.status, COUNT(c.id) AS charges, MAX(c.amount_nano) AS amount, MAX(c.held_nano) AS held, MAX(c.basis) AS basis
          FROM usage_records AS u LEFT JOIN ledger_charges AS c ON c.id = u.id GROUP BY u.id`,
        )
        .all();
      return open?.count === 0 && rows.length >= STREAMS ? rows : undefined;
    } finally {
      database.close();
    }
  });
}

describe(`${STREAMS} streams of which many callers go at a random byte`, () => {
  it('each end once, within what was held, and are charged where their provider may bill them', {
    timeout: 120_000,
  }, async () => {
    const random = createRandom(SEED);
    upstream.setScript(() => ({ contentEvents: 30, eventDelayMs: random.between(0, 4) }));
    const streams = Array.from({ length: STREAMS }, (_, index) => ({
      user: `stream-${index}`,
      path: random.pick(['/v1/chat/completions', '/v1/messages']),
      leaving:
        random.next() < GONE_SHARE
          ? { afterBytes: random.between(0, BYTES_MAX), how: random.pick(['FIN', 'RST'] as const) }
          : undefined,
    }));
    for (let start = 0; start < STREAMS; start += AT_ONCE) {
      await Promise.all(streams.slice(start, start + AT_ONCE).map((each) => ask(each.path, each.user, each.leaving)));
    }
    const rows = await rowsOf();
    expect(rows).toHaveLength(STREAMS);
    expect(new Set(rows.map(({ user }) => user)).size).toBe(STREAMS);
    const states = new Set(rows.map(({ status }) => status));
    expect(states).toEqual(new Set(['success', 'client_closed']));
    const sent = new Map(upstream.journal.calls().map((entry) => [entry.user, entry]));
    for (const { user, status, charges, amount, held, basis } of rows) {
      const entry = sent.get(user);
      const told = JSON.stringify({ user, status, amount, held, answered: entry?.answerId });
      expect(charges, told).toBeLessThanOrEqual(1);
      expect(amount ?? 0, told).toBeGreaterThanOrEqual(0);
      expect(amount ?? 0, told).toBeLessThanOrEqual(held ?? 0);
      // Who left is named on every charge.
      if (basis !== null) expect(basis.endsWith('ended by the caller'), told).toBe(status === 'client_closed');
      // What has arrived at a provider may be billed, and what has not is not.
      expect((amount ?? 0) > 0, told).toBe(entry !== undefined);
    }
    const proof = await withStore(join(hub.dataDir, 'hub.db'), (store) =>
      verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none'))),
    );
    expect(proof.differences.filter(({ id }) => !id.startsWith('seal'))).toEqual([]);
  });
});
