import fc from 'fast-check';
import { type NanoCredits, nanoCredits } from '../../kernel/money.ts';
import type { AccountId } from '../../protocol/ledger.ts';
import type { Operation, OutcomeOf } from '../operations.ts';
import { Model, type ModelOperation } from './model.ts';
import { awaitJob } from './operations.ts';

const ORGANIZATION_ID = 'org_default';
export const ACCOUNTS: readonly AccountId[] = ['organization/org_default', 'project/proj_default', 'key/vk_1'];
const MODELS = ['m_1', 'm_2'];
const HOUR_MS = 3_600_000;
const HOLDS = 4;

const account = fc.constantFrom(...ACCOUNTS);
/** Most calls pay from the organization alone. */
const path = fc.constantFrom(...[1, 1, 2, 3].map((levels) => ACCOUNTS.slice(0, levels)));
const hold = fc.nat(HOLDS - 1);
const amount = fc.integer({ min: 1, max: 60 });
const given = fc.integer({ min: 20, max: 400 });
const ttl = fc.constantFrom(-1, HOUR_MS);
const bounds = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([least, more]) => ({ least, most: least + more }));

const place = fc
  .record({ hold, path, bounds, model: fc.constantFrom(...MODELS), left: fc.boolean(), ttl })
  .map(({ bounds: { least, most }, ...rest }): ModelOperation => ({ kind: 'place', ...rest, least, most }));
const end = fc.record({
  kind: fc.constant('end' as const),
  hold,
  state: fc.constantFrom('settled' as const, 'estimated' as const, 'released' as const),
  amount: fc.nat(100),
});
const give = fc.record({
  kind: fc.constant('give' as const),
  account,
  amount: given,
  priority: fc.constantFrom(50, 100),
  expiresIn: fc.constantFrom(undefined, -1, HOUR_MS),
  model: fc.constantFrom(undefined, undefined, 'm_1'),
});

/** Everything that may happen, credit and calls most often. `ticks`: whether the test has a clock to move. */
export function operations(ticks: boolean): fc.Arbitrary<readonly ModelOperation[]> {
  const arbitrary: fc.Arbitrary<ModelOperation> = fc.oneof(
    { weight: 5, arbitrary: give },
    { weight: 8, arbitrary: place },
    { weight: 7, arbitrary: end },
    {
      weight: 2,
      arbitrary: bounds.chain(({ least, most }) =>
        fc.record({ kind: fc.constant('raise' as const), hold, least: fc.constant(least), most: fc.constant(most) }),
      ),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('dispatch' as const), hold }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('renew' as const), hold, ttl }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('await' as const), hold, ttl, fallback: fc.nat(80) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('sweep' as const), hold }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), grant: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('refund' as const), hold, refund: fc.nat(2), amount }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), account, amount }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('reverse' as const),
        grant: fc.nat(5),
        reversal: fc.nat(2),
        amount: fc.nat(100),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('mirror' as const),
        grant: fc.nat(5),
        isAgain: fc.boolean(),
        amount: fc.integer({ min: -100, max: 100 }),
      }),
    },
    {
      weight: ticks ? 2 : 0,
      arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.constantFrom(60_000, HOUR_MS) }),
    },
  );
  const more = fc.array(arbitrary, { maxLength: 40, size: 'max' });
  const first = fc.constantFrom(...ACCOUNTS).chain((own) =>
    fc.tuple(
      give.map((each) => ({ ...each, account: ACCOUNTS[0] ?? '' })),
      give.map((each) => ({ ...each, account: own })),
    ),
  );
  return fc.tuple(first, more).map(([given, rest]) => [...given, ...rest]);
}

/** One run of the model beside the real ledger. */
export class Replay {
  readonly model: Model;
  #grants = 0;
  #withdrawals = 0;
  readonly #paths = new Map<number, readonly string[]>();
  readonly #prefix: string;

  /** `prefix` keeps the ids of several runs on one store apart. */
  constructor(nowMs: number, prefix = '') {
    this.model = new Model(nowMs);
    this.#prefix = prefix;
  }

  /** The real account of one of the model's. */
  account(name: string): AccountId {
    // What it is put together from is an account's id.
    return `${name}${this.#prefix}` as AccountId;
  }

  /** The real operation; `undefined` where there is none to do. */
  real(operation: ModelOperation): Operation | undefined {
    const grantId = (number: number): string => `gr_${this.#prefix}${String(number).padStart(4, '0')}`;
    switch (operation.kind) {
      case 'tick':
        return undefined;
      case 'give': {
        const { expiresIn, priority, model } = operation;
        const id = grantId(this.#grants);
        this.#grants += 1;
        return {
          kind: 'give',
          id,
          organizationId: ORGANIZATION_ID,
          accountId: this.account(operation.account),
          grantKind: 'purchased',
          name: id,
          amountNano: nano(operation.amount),
          priority,
          expiresAt: expiresIn === undefined ? undefined : this.model.now + expiresIn,
          models: model === undefined ? undefined : [model],
          projectIds: undefined,
          actorId: undefined,
          reason: undefined,
        };
      }
      case 'place': {
        const { model, left, ttl: ttlMs, most, least } = operation;
        if (!this.model.holds.has(operation.hold) && !this.model.charges.has(operation.hold)) {
          this.#paths.set(operation.hold, operation.path);
        }
        return {
          kind: 'place',
          ...this.#of(operation.hold),
          organizationId: ORGANIZATION_ID,
          projectId: 'proj_default',
          path: operation.path.map((name) => this.account(name)),
          model,
          mostNano: nano(most),
          leastNano: nano(least),
          fallbackNano: nano(Math.floor(least / 2)),
          isDispatched: left,
          ttlMs,
          instanceId: 'inst_1',
          terms: '{}',
        };
      }
      case 'raise': {
        const model = this.model.holds.get(operation.hold)?.model ?? '';
        const { most, least } = operation;
        const amounts = { mostNano: nano(most), leastNano: nano(least), fallbackNano: nano(Math.floor(least / 2)) };
        return { kind: 'raise', ...this.#of(operation.hold), model, ...amounts, terms: '{}' };
      }
      case 'dispatch':
        return { kind: 'dispatch', ...this.#of(operation.hold) };
      case 'renew':
        return { kind: 'renew', ...this.#of(operation.hold), ttlMs: operation.ttl };
      case 'await': {
        const { id, path: accounts } = this.#of(operation.hold);
        const { ttl: ttlMs, fallback } = operation;
        return awaitJob(id, accounts, { ttlMs, fallbackNano: nano(fallback) });
      }
      case 'end':
        return {
          kind: 'end',
          ...this.#of(operation.hold),
          state: operation.state,
          amountNano: nano(operation.amount),
          basis: '',
        };
      case 'sweep':
        return { kind: 'sweep', ...this.#of(operation.hold) };
      case 'expire': {
        const grant = this.model.grants[operation.grant];
        if (grant === undefined) return undefined;
        return { kind: 'expire', grantId: grantId(operation.grant), accountId: this.account(grant.account) };
      }
      case 'refund': {
        const { id: chargeId, path: accounts } = this.#of(operation.hold);
        const id = `${chargeId}_refund_${operation.refund}`;
        const by = { actorId: 'usr_1', reason: 'too dear' };
        return { kind: 'refund', id, chargeId, path: accounts, amountNano: nano(operation.amount), ...by };
      }
      case 'reverse': {
        const account = this.account(this.model.grants[operation.grant]?.account ?? ACCOUNTS[0] ?? '');
        const by = { actorId: undefined, reason: 'the payment went back' };
        const of = { grantId: grantId(operation.grant), accountId: account, number: this.model.reversalOf(operation) };
        return { kind: 'reverse', ...of, totalNano: nano(operation.amount), ...by };
      }
      case 'mirror': {
        const grant = this.model.grants[operation.grant];
        if (grant === undefined) return undefined;
        const accountId = this.account(grant.account);
        const amounts = { amountNano: nano(operation.amount), takenNano: nano(grant.usedElsewhere) };
        const moves = [{ grantId: grantId(operation.grant), ...amounts }];
        return { kind: 'mirror', accountId, number: this.model.mirroredOf(operation), moves, reason: undefined };
      }
      case 'withdraw': {
        if (!this.model.accounts.has(operation.account)) return undefined;
        const id = `wd_${this.#prefix}${this.#withdrawals}`;
        this.#withdrawals += 1;
        const by = { actorId: 'usr_1', reason: undefined };
        return {
          kind: 'withdraw',
          id,
          accountId: this.account(operation.account),
          amountNano: nano(operation.amount),
          ...by,
        };
      }
    }
  }

  #of(number: number): { readonly id: string; readonly path: readonly AccountId[] } {
    return {
      id: `ur_${this.#prefix}${number}`,
      path: (this.#paths.get(number) ?? ACCOUNTS).map((name) => this.account(name)),
    };
  }
}

function nano(whole: number): NanoCredits {
  return nanoCredits(BigInt(whole));
}

/** What came of a real operation, in the model's words. */
export function inWords(outcome: OutcomeOf<Operation>): string {
  const { kind } = outcome;
  if (kind === 'reversed') return `${kind} ${outcome.totalNano}`;
  if (kind === 'held' || kind === 'expired' || kind === 'mirrored') return `${kind} ${outcome.amountNano}`;
  if (kind === 'short') return `short ${outcome.cause}`;
  if (kind === 'too_much') return `too much ${outcome.chargedNano}`;
  return kind === 'ended' && 'chargedNano' in outcome ? `ended ${outcome.chargedNano}` : kind;
}
