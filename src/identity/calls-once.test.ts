import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CallFate, CallRecord, IdempotentCallStore } from './call-ports.ts';
import { type CallsOnceInput, createCallsOnce, type OnceCall } from './calls-once.ts';
import { createKeyHasher } from './virtual-key.ts';

const CALL: OnceCall = {
  organizationId: 'org_1',
  projectId: 'proj_1',
  keyId: 'vk_1',
  idempotencyKey: 'order-1',
  content: 'body',
  recordId: 'ur_2',
};
const ANSWER = { status: 200, headers: ['content-type', 'audio/mpeg'], body: Buffer.from([0, 255, 10, 128]) };

/** A store that holds one call, of which it knows that fate. */
function storeOf(found: Omit<CallRecord, 'fingerprint'> | undefined, fate: CallFate = 'unknown') {
  const taken: string[] = [];
  const store: IdempotentCallStore = {
    take: async ({ fingerprint }) => found && { fingerprint, ...found },
    takeOver: async (_, deadRecordId) => taken.push(deadRecordId) > 0,
    fateOf: async () => fate,
    finish: async (_, outcome, sealed) => void (found = { recordId: 'ur_1', state: outcome, sealed }),
    free: async () => undefined,
    renew: async () => [],
    endLeasesOf: async () => undefined,
    removeExpired: async () => 0,
  };
  return { store, taken };
}

function onceOf(store: IdempotentCallStore, holdsCredit = false) {
  const input: CallsOnceInput = {
    store,
    seal: (text, { organizationId }) => `${organizationId} ${text}`,
    open: (sealed, { organizationId }) =>
      sealed.startsWith(`${organizationId} `) ? sealed.slice(organizationId.length + 1) : undefined,
    hashKey: createKeyHasher(randomBytes(32)),
    instanceId: 'inst_1',
    holdsCredit,
  };
  return createCallsOnce(input);
}

it.each<[CallFate, holdsCredit: boolean, isMade: boolean]>([
  ['used', false, false],
  ['used', true, false],
  ['unused', false, true],
  ['unused', true, true],
  ['unknown', true, true],
  ['unknown', false, false],
])(
  'a call that died and of which is known: %s (credit held before it leaves: %s) is made again: %s',
  async (...row) => {
    const [fate, holdsCredit, isMade] = row;
    const { store, taken } = storeOf({ recordId: 'ur_1', state: 'dead', sealed: undefined }, fate);
    const begun = onceOf(store, holdsCredit).begin(CALL);
    if (isMade) await expect(begun).resolves.toMatchObject({ kind: 'begun', claim: { recordId: 'ur_2' } });
    else await expect(begun).rejects.toMatchObject({ code: 'request.idempotency_lost' });
    expect(taken).toEqual(isMade ? ['ur_1'] : []);
  },
);

it.each([
  ['running', 'request.idempotency_running'],
  ['not_kept', 'request.idempotency_not_kept'],
  ['lost', 'request.idempotency_lost'],
] as const)('a call that is %s is not made again', async (state, code) => {
  const { store } = storeOf({ recordId: 'ur_1', state, sealed: undefined });
  await expect(onceOf(store).begin(CALL)).rejects.toMatchObject({ code });
});

it('gives back every byte of an answer, and none that was sealed for another organization', async () => {
  const { store } = storeOf(undefined);
  const once = onceOf(store);
  const begun = await once.begin(CALL);
  if (begun.kind !== 'begun') throw new Error('it was answered');
  await once.finish(begun.claim, ANSWER);
  expect(await once.begin(CALL)).toEqual({ kind: 'answered', answer: ANSWER });
  const elsewhere = once.begin({ ...CALL, organizationId: 'org_2' });
  await expect(elsewhere).rejects.toMatchObject({ code: 'request.idempotency_lost' });
});

it('lets repeats in one process meet the first without asking the store', async () => {
  const { store } = storeOf(undefined);
  let asked = 0;
  const counting = { ...store, take: (call: Parameters<typeof store.take>[0]) => ((asked += 1), store.take(call)) };
  const once = onceOf(counting);
  const repeats = Array.from({ length: 10 }, (_, index) => once.begin({ ...CALL, recordId: `ur_${index}` }));
  const settled = await Promise.allSettled(repeats);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(asked).toBe(1);
  await expect(once.begin({ ...CALL, content: 'other' })).rejects.toMatchObject({ code: 'request.idempotency_reused' });
});
