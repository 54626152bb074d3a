import Database from 'better-sqlite3';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIdMaker } from '../../src/kernel/ids.ts';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { nanoCredits } from '../../src/kernel/money.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { openStore, type Store } from '../../src/storage/open-store.ts';
import type { FinishedAnswer } from '../support/fake-upstream/oracle.ts';
import type { HubProcess } from '../support/hub-process.ts';

/** What the kill loop has to know of credit: how it is given, what a call is to cost, and what became of it. */

export const CREDIT_ENVIRONMENT = { HUB_CREDIT: 'true', HUB_CREDIT_MARGIN_PERCENT: '25' };

/** Dollars for a million tokens in and out; with a quarter on top, nano-credits for one. */
const INPUT_USD = '2';
const OUTPUT_USD = '8';
const INPUT_NANO = 2500n;
const OUTPUT_NANO = 10_000n;
const MUCH = 10n ** 17n;
const PAGE = 200;

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
  readonly differences: readonly string[];
  /** Records of calls that used something and have no charge. */
  readonly uncharged: readonly string[];
  readonly finished: readonly FinishedAnswer[];
  readonly reachedUpstream: ReadonlySet<string>;
};

/** Sets one price for every model that is connected. */
export async function setPrices(hub: HubProcess): Promise<void> {
  const done = new Set<string>();
  const connections = new Map<string, string>();
  for (const row of await rowsOf(hub, '/connections')) connections.set(textAt(row, 'id'), textAt(row, 'provider_id'));
  for (const row of await rowsOf(hub, '/models')) {
    const providerId = connections.get(textAt(row, 'connection_id')) ?? '';
    const model = textAt(row, 'upstream_model');
    if (done.has(`${providerId} ${model}`)) continue;
    done.add(`${providerId} ${model}`);
    await hub.control('POST', '/prices', {
      provider_id: providerId,
      model,
      prices: [
        { unit: 'input', usd_per_million: INPUT_USD },
        { unit: 'output', usd_per_million: OUTPUT_USD },
      ],
    });
  }
}

async function rowsOf(hub: HubProcess, path: string): Promise<readonly JsonObject[]> {
  const rows: JsonObject[] = [];
  let cursor = '';
  do {
    const page = await hub.control('GET', `${path}?limit=${PAGE}${cursor}`);
    const data = isJsonObject(page) ? page['data'] : undefined;
    if (!Array.isArray(data)) throw new Error(`${path} has no data`);
    rows.push(...data.filter(isJsonObject));
    const next = isJsonObject(page) ? page['next_cursor'] : undefined;
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
  } while (cursor !== '');
  return rows;
}

function textAt(row: JsonObject, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

/** Opens the store beside the hub, or after it. */
export async function withStore<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore({ kind: 'sqlite', path }, { clock: systemClock, note: () => undefined });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Gives the organization, its project and the key more credit than they can use. */
export async function giveMuch(store: Store, key: { readonly id: string }): Promise<void> {
  const newId = createIdMaker(systemClock.now);
  const ledger = new Ledger({ store: store.ledger, newId, overloaded: () => new Error('too much at once') });
  for (const accountId of ['organization/org_default', 'project/proj_default', `key/${key.id}`] as const) {
    await ledger.do({
      kind: 'give',
      id: newId('gr'),
      organizationId: 'org_default',
      accountId,
      grantKind: 'purchased',
      name: 'much',
      amountNano: nanoCredits(MUCH),
      priority: 100,
      expiresAt: undefined,
      models: undefined,
      projectIds: undefined,
      actorId: undefined,
      reason: undefined,
    });
  }
}

/** Lets the time of every hold be over, as if its process had been dead for long. */
export function expireHolds(path: string): number {
  const database = new Database(path);
  try {
    return database.prepare('UPDATE ledger_holds SET expires_at = 0').run().changes;
  } finally {
    database.close();
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
  readonly input: number;
  readonly output: number;
};

const TOKENS = `
  COALESCE(u.input_tokens, 0) + COALESCE(u.cached_input_tokens, 0) + COALESCE(u.cache_write_5m_tokens, 0)
    + COALESCE(u.cache_write_1h_tokens, 0) + COALESCE(u.audio_input_tokens, 0) + COALESCE(u.image_input_tokens, 0) AS input,
  COALESCE(u.output_tokens, 0) + COALESCE(u.reasoning_tokens, 0) + COALESCE(u.audio_output_tokens, 0) AS output`;

/** Reads what the ledger of a hub that has ended says. */
export async function readCredit(
  path: string,
  seen: Pick<CreditEvidence, 'finished' | 'reachedUpstream'>,
): Promise<CreditEvidence> {
  const verdict = await withStore(path, (store) =>
    // No hub's secret is at hand: what is sealed is proved elsewhere.
    verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none'))),
  );
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const rows = database
      .prepare<[], ChargeRow>(
        `SELECT c.id, c.state, CAST(c.amount_nano AS TEXT) AS amount, CAST(c.held_nano AS TEXT) AS held, u.id AS record,
        u.client_request_id AS client, u.usage_basis AS basis, ${TOKENS}
        FROM ledger_charges AS c LEFT JOIN usage_records AS u ON u.id = c.id`,
      )
      .all();
    const uncharged = database
      .prepare<[], { client: string }>(
        `SELECT u.client_request_id AS client FROM usage_records AS u
        WHERE u.usage_basis IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_charges AS c WHERE c.id = u.id)`,
      )
      .all();
    const holds = database.prepare<[], { count: number }>('SELECT COUNT(*) AS count FROM ledger_holds').get();
    return {
      ...seen,
      charges: rows.map(toCharge),
      openHolds: holds?.count ?? -1,
      differences: verdict.differences
        .filter(({ id }) => !id.startsWith('seal'))
        .map(({ id, what }) => `${id} ${what}`),
      uncharged: uncharged.map(({ client }) => client),
    };
  } finally {
    database.close();
  }
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

function priceOf(input: number, output: number): bigint {
  return BigInt(input) * INPUT_NANO + BigInt(output) * OUTPUT_NANO;
}

/** Holds the charges against the upstream's own bill and the usage on record. */
export function judgeCredit(evidence: CreditEvidence): {
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
} {
  const { charges, finished, reachedUpstream, openHolds, uncharged, differences } = evidence;
  const charged = new Map(charges.map((charge) => [charge.record?.clientRequestId ?? charge.id, charge]));
  const violations = [
    ...(openHolds === 0 ? [] : [`${openHolds} holds are still open`]),
    ...differences.map((difference) => `ledger: ${difference}`),
    ...uncharged.map((client) => `${client}: used something, and there is no charge`),
    ...charges.flatMap(wrongCharge),
    ...charges.flatMap((charge) => billedUnsent(charge, reachedUpstream)),
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
