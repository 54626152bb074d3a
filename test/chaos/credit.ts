import Database from 'better-sqlite3';
import pg from 'pg';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { StoreLocation } from '../../src/storage/open-store.ts';
import { withStore } from '../support/credit-scene.ts';
import type { FinishedAnswer } from '../support/fake-upstream/oracle.ts';

/** What the kill loop has to know of credit: how it is given, what a call is to cost, and what became of it. */

export const CREDIT_ENVIRONMENT = { HUB_CREDIT: 'true', HUB_CREDIT_MARGIN_PERCENT: '25' };

/** What a token in and out costs, with a quarter on top of the dollars that the test's prices say. */
const INPUT_NANO = 2500n;
const OUTPUT_NANO = 10_000n;

const REVIEW_MAX = 1_000_000;

/** One charge with what is on record of its call. */
export type SeenCharge = {
  readonly id: string;
  readonly state: string;
  readonly amountNano: bigint;
  readonly heldNano: bigint;
  /** Missing where no record was written of the call. */
  readonly record:
    | { readonly clientRequestId: string; readonly usageBasis: string | undefined; readonly priceNano: bigint }
    | undefined;
};

export type CreditEvidence = {
  readonly charges: readonly SeenCharge[];
  readonly openHolds: number;
  /** Charges that are listed as such that no provider has reported. */
  readonly toReview: ReadonlySet<string>;
  readonly differences: readonly string[];
  /** Records of calls that used something and have no charge. */
  readonly uncharged: readonly string[];
  readonly finished: readonly FinishedAnswer[];
  readonly reachedUpstream: ReadonlySet<string>;
};

/** Lets the time of every hold be over, as if its process had been dead for long. */
export async function expireHolds(location: StoreLocation): Promise<number> {
  return await withSql(location, async (query) => {
    const open = await query<{ id: string }>('SELECT id FROM ledger_holds');
    await query('UPDATE ledger_holds SET expires_at = 0');
    return open.length;
  });
}

type Query = <Row>(statement: string) => Promise<readonly Row[]>;

/** Asks a store past the hub. */
async function withSql<T>(location: StoreLocation, work: (query: Query) => Promise<T>): Promise<T> {
  if (location.kind === 'sqlite') {
    const database = new Database(location.path, { fileMustExist: true });
    try {
      return await work(async <Row>(statement: string) => {
        const prepared = database.prepare<[], Row>(statement);
        if (prepared.reader) return prepared.all();
        prepared.run();
        return [];
      });
    } finally {
      database.close();
    }
  }
  const client = new pg.Client({ connectionString: location.url });
  await client.connect();
  try {
    // The rows are those that the statement names.
    return await work(async <Row>(statement: string) => (await client.query(statement)).rows as Row[]);
  } finally {
    await client.end();
  }
}

type ChargeRow = {
  readonly id: string;
  readonly state: string;
  readonly amount: string;
  readonly held: string;
  readonly record: string | null;
  readonly client: string | null;
  readonly basis: string | null;
  /** Text on PostgreSQL. */
  readonly input: number | string;
  readonly output: number | string;
};

const TOKENS = `
  COALESCE(u.input_tokens, 0) + COALESCE(u.cached_input_tokens, 0) + COALESCE(u.cache_write_5m_tokens, 0)
    + COALESCE(u.cache_write_1h_tokens, 0) + COALESCE(u.audio_input_tokens, 0) + COALESCE(u.image_input_tokens, 0) AS input,
  COALESCE(u.output_tokens, 0) + COALESCE(u.reasoning_tokens, 0) + COALESCE(u.audio_output_tokens, 0) AS output`;

/** Reads what the ledger of a hub that has ended says. */
export async function readCredit(
  location: StoreLocation,
  seen: Pick<CreditEvidence, 'finished' | 'reachedUpstream'>,
): Promise<CreditEvidence> {
  const { verdict, toReview } = await withStore(location, async (store) => ({
    // No hub's secret is at hand: what is sealed is proved elsewhere.
    verdict: await verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none'))),
    toReview: await store.ledgerReader.toReview({ isReviewed: undefined }, { limit: REVIEW_MAX, afterId: undefined }),
  }));
  return await withSql(location, async (query) => {
    const rows = await query<ChargeRow>(
      `SELECT c.id, c.state, CAST(c.amount_nano AS TEXT) AS amount, CAST(c.held_nano AS TEXT) AS held, u.id AS record,
      u.client_request_id AS client, u.usage_basis AS basis, ${TOKENS}
      FROM ledger_charges AS c LEFT JOIN usage_records AS u ON u.id = c.id`,
    );
    const uncharged = await query<{ client: string }>(
      `SELECT u.client_request_id AS client FROM usage_records AS u
      WHERE u.usage_basis IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_charges AS c WHERE c.id = u.id)`,
    );
    const holds = await query<{ id: string }>('SELECT id FROM ledger_holds');
    return {
      ...seen,
      charges: rows.map(toCharge),
      openHolds: holds.length,
      toReview: new Set(toReview.map(({ id }) => id)),
      differences: verdict.differences
        .filter(({ id }) => !id.startsWith('seal'))
        .map(({ id, what }) => `${id} ${what}`),
      uncharged: uncharged.map(({ client }) => client),
    };
  });
}

function toCharge({ id, state, amount, held, record, client, basis, input, output }: ChargeRow): SeenCharge {
  return {
    id,
    state,
    amountNano: BigInt(amount),
    heldNano: BigInt(held),
    record:
      record === null
        ? undefined
        : { clientRequestId: client ?? '(none)', usageBasis: basis ?? undefined, priceNano: priceOf(input, output) },
  };
}

function priceOf(input: number | string, output: number | string): bigint {
  return BigInt(input) * INPUT_NANO + BigInt(output) * OUTPUT_NANO;
}

/** Holds the charges against the upstream's own bill and the usage on record. */
export function judgeCredit(evidence: CreditEvidence): {
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
} {
  const { charges, finished, reachedUpstream, openHolds, toReview, uncharged, differences } = evidence;
  const charged = new Map(charges.map((charge) => [charge.record?.clientRequestId ?? charge.id, charge]));
  const violations = [
    ...(openHolds === 0 ? [] : [`${openHolds} holds are still open`]),
    ...differences.map((difference) => `ledger: ${difference}`),
    ...uncharged.map((client) => `${client}: used something, and there is no charge`),
    ...charges.flatMap(wrongCharge),
    ...charges.flatMap((charge) => billedUnsent(charge, reachedUpstream)),
    ...charges
      .filter(({ id, state }) => (state === 'estimated' || state === 'presumed') && !toReview.has(id))
      .map(({ id, state }) => `${id}: ${state}, and not listed for review`),
    ...finished.flatMap(({ user = '(none)' }) => {
      const charge = charged.get(user);
      if (charge === undefined) return [`${user}: the upstream billed it, nobody was charged`];
      return charge.amountNano > 0n ? [] : [`${user}: the upstream billed it, its charge is ${charge.state} and free`];
    }),
  ];
  const counts: Record<string, number> = { charges: charges.length };
  for (const { state, record } of charges) {
    const name = `charges: ${state}${record === undefined ? ', of no record' : ''}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  // Such a call was about to leave when its process died. That it did not is known here and nowhere else.
  counts['charges: of calls that never reached the upstream, listed for review'] = charges.filter(
    ({ id, amountNano, record }) =>
      amountNano > 0n && toReview.has(id) && !reachedUpstream.has(record?.clientRequestId ?? id),
  ).length;
  return { violations, counts };
}

function wrongCharge({ id, state, amountNano, heldNano, record }: SeenCharge): string[] {
  if (amountNano > heldNano) return [`${id}: ${amountNano} were charged of ${heldNano} held`];
  if (record === undefined)
    return state === 'released' || state === 'presumed' ? [] : [`${id}: ${state}, and no record`];
  if (state === 'presumed') return [`${record.clientRequestId}: presumed, although its usage is on record`];
  const due = record.usageBasis === undefined ? 0n : record.priceNano < heldNano ? record.priceNano : heldNano;
  return amountNano === due
    ? []
    : [`${record.clientRequestId}: ${amountNano} were charged, ${due} were due (${state})`];
}

/** Whoever's call never left pays nothing, unless the mark that it was leaving had been written: then it is presumed. */
function billedUnsent({ amountNano, record }: SeenCharge, reached: ReadonlySet<string>): string[] {
  if (record === undefined || amountNano === 0n || reached.has(record.clientRequestId)) return [];
  return record.usageBasis === 'estimated'
    ? []
    : [`${record.clientRequestId}: never reached the upstream, and was charged`];
}
