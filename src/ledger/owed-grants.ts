import { GatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { invalid } from '../kernel/invalid.ts';
import type { Grant } from '../protocol/ledger.ts';
import { givenReference, isSameOwed, type OwedGrant } from '../protocol/owed-grants.ts';
import { priorityOf } from './credit-service.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerReader, OwedGrantStore } from './ports.ts';

const GIVEN_AT_ONCE = 100;

/** What somebody wants an organization to be given, by a reference of their own. */
export type WantedGrant = Omit<OwedGrant, 'id' | 'createdAt'>;

/** What became of it; `isNew`: nobody had asked for it by that reference before. */
export type GivenGrant = { readonly owed: OwedGrant; readonly isNew: boolean };

/** Credit that is given once by each reference. */
export type OwedGrants = {
  /**
   * Gives each, all or none; what was asked for by the same reference before is left as it is.
   * @throws resource.conflict where a reference stands for something else, request.invalid where its time is over
   */
  readonly give: (wanted: readonly WantedGrant[]) => Promise<readonly GivenGrant[]>;
  /** A grant to be written down by somebody else, and given by {@link OwedGrants.giveNow}. */
  readonly draft: (wanted: WantedGrant) => OwedGrant;
  /** Gives what is written down, however often it is asked. */
  readonly giveNow: (owed: readonly OwedGrant[]) => Promise<void>;
  readonly grantOf: (owed: OwedGrant) => Promise<Grant>;
  /** Gives what was written down and is not given yet, such as by a process that died. */
  readonly giveWaiting: () => Promise<void>;
};

export type OwedGrantsDeps = {
  readonly store: OwedGrantStore;
  readonly ledger: Pick<Ledger, 'do'>;
  readonly reader: Pick<LedgerReader, 'grant'>;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createOwedGrants({ store, ledger, reader, newId, now }: OwedGrantsDeps): OwedGrants {
  const draft: OwedGrants['draft'] = (wanted) => ({ ...wanted, id: newId('gr'), createdAt: now() });
  const giveNow: OwedGrants['giveNow'] = async (owed) => {
    const outcomes = await Promise.allSettled(owed.map((each) => ledger.do(giftOf(each))));
    const given = owed.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    await store.noteGiven(given.map(({ id }) => id));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  };
  return {
    draft,
    giveNow,
    give: async (wanted) => {
      const drafts = wanted.map(draft);
      const found = await store.owe(drafts, (asked, owed) => assertSame(asked, owed, now()));
      await giveNow(found);
      const made = new Set(drafts.map(({ id }) => id));
      return found.map((owed) => ({ owed, isNew: made.has(owed.id) }));
    },
    grantOf: async (owed) => {
      const grant = await reader.grant(owed, owed.id);
      if (grant === undefined) throw new Error(`the grant ${owed.id} was given and is not there`);
      return grant;
    },
    giveWaiting: async () => {
      for (;;) {
        const waiting = await store.waiting(GIVEN_AT_ONCE);
        // Given and not noted, it is given again: a grant of the same id is there already then.
        await giveNow(waiting);
        if (waiting.length < GIVEN_AT_ONCE) return;
      }
    },
  };
}

/** @throws resource.conflict where the reference stands for something else, request.invalid where its time is over */
export function assertSame(wanted: OwedGrant, found: OwedGrant, nowMs: number): void {
  const { expiresAt } = wanted;
  const reference = givenReference(wanted.reference);
  if (!isSameOwed(found, wanted)) {
    throw new GatewayError('resource.conflict', {
      message: `Something else was given by the reference ${reference}.`,
      param: 'reference',
      details: { reference },
    });
  }
  // Credit whose time is over already could never be used; what was given in time is known all the same.
  if (found.id === wanted.id && expiresAt !== undefined && expiresAt <= nowMs) {
    throw invalid('expires_at', 'is not in the future.');
  }
}

function giftOf({ id, organizationId, kind, name, amountNano, expiresAt, actorId, reason }: OwedGrant) {
  return {
    kind: 'give',
    id,
    organizationId,
    accountId: `organization/${organizationId}`,
    grantKind: kind,
    name,
    amountNano,
    priority: priorityOf(kind),
    expiresAt,
    models: undefined,
    projectIds: undefined,
    actorId,
    reason,
  } as const;
}
