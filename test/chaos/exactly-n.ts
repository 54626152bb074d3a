/**
 * Gives an account credit for exactly N calls, asks for ten times as many at once, of every kind and of several
 * processes, and counts what is served: again and again, on each level of accounts. Then does the same with calls that
 * cost less than is held for them, which are asked for until nothing is affordable any more. Ends with 1 when anything
 * is not exact.
 *
 *   node test/chaos/exactly-n.ts [--store postgres|sqlite] [--rounds 20] [--calls 12]
 */
import { parseArgs } from 'node:util';
import { formatCredits, nanoCredits } from '../../src/kernel/money.ts';
import { createSealDigest } from '../../src/ledger/seals.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import type { AccountId, AccountLevel } from '../../src/protocol/ledger.ts';
import type { Store } from '../../src/storage/open-store.ts';
import { CALLERS } from '../support/callers.ts';
import { type CreditPlace, type PlaceKind, startCreditPlace } from '../support/credit-places.ts';
import { eachModel, withStore } from '../support/credit-scene.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { callHub, eventually, type HubAnswer, type HubCall } from '../support/hub-calls.ts';
import type { HubProcess } from '../support/hub-process.ts';
import { connectDialects, MODEL_OF, PROVIDER_DIALECTS } from '../support/provider-scene.ts';

const CALLS_TIMES = 10;
/** A thousandth of a dollar for each request, whatever it says: what is held is what is charged. */
const PRICE_NANO = 1_000_000n;
const BY_REQUEST = [
  { unit: 'input', usd_per_million: '0' },
  { unit: 'output', usd_per_million: '0' },
  { unit: 'request', usd_per_million: '1000' },
];
const BY_TOKEN = [
  { unit: 'input', usd_per_million: '2' },
  { unit: 'output', usd_per_million: '8' },
];
const MUCH = 10n ** 15n;
const SETTLED_WITHIN_MS = 20_000;
/** So much is held for a call that uses a few tokens. */
const TOKENS_ASKED = 1000;
/** What costs less than is held for it. */
const CHEAPER = 'openai-chat/fake-small';
const MODELS = [
  'fake-small',
  'fake-embed',
  'gpt-5-mini',
  'claude-sonnet-4-5',
  'gemini-2.5-flash',
  'anthropic.claude-sonnet-4-5-20250929-v1:0',
];

export type ExactlyOptions = {
  readonly store: PlaceKind;
  readonly rounds: number;
  /** What the balance is enough for. */
  readonly calls: number;
  readonly say: (line: string) => void;
};

type Key = { readonly id: string; readonly secret: string };

type Kind = { readonly name: string; readonly call: (id: string) => HubCall };

/** Every address at which a call is charged, and every wire format that it may be sent on in; whole and streamed. */
export const KINDS: readonly Kind[] = [
  ...CALLERS.flatMap((caller) =>
    PROVIDER_DIALECTS.flatMap((dialect) =>
      [false, true].map(
        (stream): Kind => ({
          name: `${caller.path} to ${dialect}${stream ? ', streamed' : ''}`,
          call: (id) => ({ path: caller.path, ...caller.ask({ model: MODEL_OF[dialect], stream, text: textOf(id) }) }),
        }),
      ),
    ),
  ),
  ...['/v1/embeddings', '/api/v2/embeddings'].map((path) => ({
    name: path,
    call: (id: string): HubCall => ({ path, body: { model: 'openai-chat/fake-embed', input: textOf(id) } }),
  })),
  ...[false, true].map((stream) => ({
    name: `/v1/completions${stream ? ', streamed' : ''}`,
    call: (id: string): HubCall => ({
      path: '/v1/completions',
      body: { model: MODEL_OF['openai-chat'], prompt: textOf(id), stream },
    }),
  })),
  {
    name: '/anthropic/v1/messages',
    call: (id) => ({
      path: '/anthropic/v1/messages',
      headers: { 'anthropic-version': '2023-06-01' },
      body: {
        model: MODEL_OF['anthropic-messages'],
        max_tokens: 100,
        messages: [{ role: 'user', content: textOf(id) }],
      },
    }),
  },
];

/** No two are alike: AIGNE's clients repeat a call, and whoever sends the same one joins it. */
function textOf(id: string): string {
  return `Call ${id} asks for a few words.`;
}

/** Runs it and gives the list of violations: empty when all is well. */
export async function runExactlyN(options: ExactlyOptions): Promise<readonly string[]> {
  const upstream = await startFakeUpstream({ models: MODELS, journalEntriesMax: 1 });
  try {
    let key: Key = { id: '', secret: '' };
    const place = await startCreditPlace(options.store, {
      allow: [`127.0.0.1:${upstream.port}`],
      prepare: (hub) =>
        prepare(hub, upstream, (made) => {
          key = made;
        }),
    });
    try {
      return await withStore(place.location, (store) => tryAll({ place, store, options, key }));
    } finally {
      await place.close();
    }
  } finally {
    await upstream.close();
  }
}

type Trial = {
  readonly place: CreditPlace;
  readonly store: Store;
  readonly options: ExactlyOptions;
  readonly key: Key;
};

async function tryAll(trial: Trial): Promise<readonly string[]> {
  const { store, options, key } = trial;
  const { id, secret } = key;
  const levels: readonly (readonly [AccountLevel, string])[] = [
    ['organization', 'org_default'],
    ['project', 'proj_default'],
    ['key', id],
  ];
  const violations: string[] = [];
  for (const [level, scopeId] of levels) {
    const account: AccountId = `${level}/${scopeId}`;
    for (let round = 1; round <= options.rounds; round += 1) {
      await give(trial, account, BigInt(options.calls) * PRICE_NANO);
      const answers = await askAtOnce(trial, secret, `${level}${round}`);
      violations.push(
        ...(await judgeExact(trial, account, answers)).map((what) => `${account}, round ${round}: ${what}`),
      );
    }
    options.say(`${account}: ${options.rounds} rounds of ${options.calls} calls`);
    // The next level is the one that decides.
    await give(trial, account, MUCH);
  }
  violations.push(...(await tryCheaper(trial, { account: `key/${id}`, secret })));
  const verdict = await verifyLedger(store.ledgerProof, createSealDigest(Buffer.from('none')));
  const differences = verdict.differences.filter(({ id: what }) => !what.startsWith('seal'));
  return [...violations, ...differences.map(({ id: what, what: how }) => `${what} ${how}`)];
}

/** Connects and prices everything. */
async function prepare(hub: HubProcess, upstream: FakeUpstream, told: (key: Key) => void): Promise<void> {
  await connectDialects(hub, upstream.url);
  await eachModel(hub, (providerId, model) => {
    const isCheaper = CHEAPER === `${providerId}/${model}`;
    const prices = isCheaper ? BY_TOKEN : BY_REQUEST;
    return hub.control('POST', '/prices', { provider_id: providerId, model, prices });
  });
  told(await hub.createKey('exact'));
}

async function give({ place }: Trial, account: AccountId, nano: bigint): Promise<void> {
  const [level = '', scopeId = ''] = account.split('/');
  await place.hubs[0].control('POST', '/installation/credit/grants', {
    organization_id: 'org_default',
    level,
    scope_id: scopeId,
    amount: formatCredits(nanoCredits(nano)),
    name: 'exact',
  });
}

let asked = 0;

async function askAtOnce({ place, options }: Trial, secret: string, round: string): Promise<readonly HubAnswer[]> {
  const { hubs } = place;
  const calls = Array.from({ length: options.calls * CALLS_TIMES }, (_, index) => {
    const kind = KINDS[asked % KINDS.length];
    asked += 1;
    const hub = hubs[index % hubs.length] ?? hubs[0];
    if (kind === undefined) throw new Error('there is a kind for every number');
    return callHub(hub, secret, { headWithinMs: SETTLED_WITHIN_MS, ...kind.call(`${round}x${index}`) });
  });
  return await Promise.all(calls);
}

type Balance = { readonly remainingNano: bigint; readonly heldNano: bigint };

async function balanceOf({ store }: Trial, accountId: AccountId): Promise<Balance> {
  const page = { limit: 1, afterId: undefined };
  const [found] = await store.ledgerReader.accounts({ organizationId: 'org_default' }, { accountId }, page);
  return { remainingNano: found?.remainingNano ?? 0n, heldNano: found?.heldNano ?? 0n };
}

/** The balance once no call holds anything. */
async function settledBalance(trial: Trial, account: AccountId): Promise<bigint> {
  return await eventually(
    `settled ${account}`,
    async () => {
      const { heldNano, remainingNano } = await balanceOf(trial, account);
      return heldNano === 0n && { left: remainingNano };
    },
    SETTLED_WITHIN_MS,
  ).then(({ left }) => left);
}

async function judgeExact(trial: Trial, account: AccountId, answers: readonly HubAnswer[]): Promise<readonly string[]> {
  const { calls } = trial.options;
  const served = answers.filter(({ status }) => status === 200);
  const odd = answers.filter(({ status }) => ![200, 402, 429].includes(status));
  const left = await settledBalance(trial, account);
  return [
    ...(served.length === calls ? [] : [`${served.length} of ${calls} were served`]),
    ...(served.every(({ isComplete }) => isComplete) ? [] : ['one that was served was cut']),
    ...(left === 0n ? [] : [`${left} nano-credits are left`]),
    ...odd.map(({ status, text }) => `an answer of ${status}: ${text.slice(0, 200)}`),
  ];
}

type Payer = { readonly account: AccountId; readonly secret: string };

/** Calls that hold more than they cost: what the balance affords is served in the end, by many at once as by one. */
async function tryCheaper(trial: Trial, { account, secret }: Payer): Promise<readonly string[]> {
  const { place, options } = trial;
  // What was given to let another level decide.
  const before = await settledBalance(trial, account);
  await withdraw(trial, account, before);
  const ask = (hub = place.hubs[0]): Promise<HubAnswer> =>
    callHub(hub, secret, {
      headWithinMs: SETTLED_WITHIN_MS,
      body: {
        model: CHEAPER,
        max_tokens: TOKENS_ASKED,
        messages: [{ role: 'user', content: 'Say a few words.' }],
      },
    });
  const given = (BigInt(options.calls) * BigInt(TOKENS_ASKED) * 8000n) / 2n;
  const alone = await exhaust(trial, { account, given }, async () => [await ask()]);
  const together = await exhaust(trial, { account, given }, () =>
    Promise.all(
      Array.from({ length: options.calls * CALLS_TIMES }, (_, index) => ask(place.hubs[index % place.hubs.length])),
    ),
  );
  options.say(`${account}: ${together.served} cheaper calls served at once, ${alone.served} one by one`);
  return [
    ...(together.served === alone.served ? [] : [`${together.served} were served at once, ${alone.served} one by one`]),
    ...(together.left === alone.left ? [] : [`${together.left} are left of those at once, ${alone.left} one by one`]),
    ...(alone.served > options.calls ? [] : ['the calls cost as much as they hold: nothing was tried']),
    ...together.odd,
    ...alone.odd,
  ];
}

type Exhausted = { readonly served: number; readonly left: bigint; readonly odd: readonly string[] };

/** Asks until nothing is under way and everybody is out of credit; takes what is left. */
async function exhaust(
  trial: Trial,
  { account, given }: { readonly account: AccountId; readonly given: bigint },
  ask: () => Promise<readonly HubAnswer[]>,
): Promise<Exhausted> {
  await give(trial, account, given);
  const odd: string[] = [];
  let served = 0;
  for (;;) {
    const answers = await ask();
    served += answers.filter(({ status }) => status === 200).length;
    odd.push(...answers.filter(({ status }) => ![200, 402, 429].includes(status)).map(({ status }) => `a ${status}`));
    const left = await settledBalance(trial, account);
    if (left < 0n) odd.push(`the balance is ${left}`);
    if (answers.every(({ status }) => status === 402)) {
      await withdraw(trial, account, left);
      return { served, left, odd };
    }
    if (odd.length > 0) return { served, left, odd };
  }
}

async function withdraw({ place }: Trial, account: AccountId, nano: bigint): Promise<void> {
  if (nano === 0n) return;
  const [level = '', scopeId = ''] = account.split('/');
  await place.hubs[0].control('POST', '/installation/credit/withdrawals', {
    organization_id: 'org_default',
    level,
    scope_id: scopeId,
    amount: formatCredits(nanoCredits(nano)),
    reason: 'the next trial',
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'postgres' },
      rounds: { type: 'string', default: '20' },
      calls: { type: 'string', default: '12' },
    },
  });
  const { store } = values;
  if (store !== 'postgres' && store !== 'sqlite') throw new Error('--store is postgres or sqlite');
  const violations = await runExactlyN({
    store,
    rounds: Number(values.rounds),
    calls: Number(values.calls),
    say: (line) => console.log(line),
  });
  for (const violation of violations) console.error(`violation: ${violation}`);
  console.log(violations.length === 0 ? 'ok' : `${violations.length} violations`);
  return violations.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await main());
