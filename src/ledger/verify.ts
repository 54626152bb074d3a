import type { Difference, DigestOfSeal, LedgerProofStore, LedgerView } from './ports.ts';

/** Differences that are told one by one. */
const DIFFERENCES_MAX = 100;
const SEALS_PAGE = 50;

/** The last seal as it was at some time. */
export type SealHead = { readonly number: number; readonly digest: string };

export type LedgerVerdict = {
  readonly entries: number;
  /** Entries that no seal covers yet. */
  readonly unsealed: number;
  readonly differences: readonly Difference[];
  /** To compare with one noted earlier: a ledger that was put back to an older state as a whole shows only there. */
  readonly head: SealHead;
};

/**
 * Proves every balance from its entries, every charge from its entries, and every sealed entry from the chain, on one
 * state of the store.
 */
export function verifyLedger(
  store: LedgerProofStore,
  digestOf: DigestOfSeal,
  noted?: SealHead,
): Promise<LedgerVerdict> {
  return store.view(async (view) => {
    const differences: Difference[] = [];
    const note = (found: readonly Difference[]): void => {
      differences.push(...found.slice(0, DIFFERENCES_MAX - differences.length));
    };
    note(await view.unevenGrants(DIFFERENCES_MAX));
    note(await view.unevenCharges(DIFFERENCES_MAX));
    const { sealed, head } = await checkSeals(view, { digestOf, noted, note });
    const { entries, unsealed } = await view.counts();
    if (sealed + unsealed !== entries) {
      note([{ id: 'entries', what: `${entries} are there, ${sealed} are sealed and ${unsealed} wait for it` }]);
    }
    return { entries, unsealed, differences, head };
  });
}

type Checking = {
  readonly digestOf: DigestOfSeal;
  readonly noted: SealHead | undefined;
  readonly note: (found: readonly Difference[]) => void;
};

async function checkSeals(
  view: LedgerView,
  { digestOf, noted, note }: Checking,
): Promise<{ readonly sealed: number; readonly head: SealHead }> {
  let head: SealHead = { number: 0, digest: '' };
  let sealed = 0;
  for (;;) {
    const page = await view.sealsAfter(head.number, SEALS_PAGE);
    for (const { number, entryIds, digest } of page) {
      const id = `seal ${number}`;
      if (number !== head.number + 1) note([{ id, what: `follows seal ${head.number}` }]);
      const entries = await view.entries(entryIds);
      if (entries.length < entryIds.length) note([{ id, what: 'covers entries that are gone' }]);
      else if (digestOf({ number, previousDigest: head.digest, entries }) !== digest) {
        note([{ id, what: 'is not what its entries and the seal before come to' }]);
      }
      if (noted?.number === number && noted.digest !== digest) note([{ id, what: PUT_BACK }]);
      sealed += entryIds.length;
      head = { number, digest };
    }
    if (page.length < SEALS_PAGE) break;
  }
  if (noted !== undefined && noted.number > head.number) note([{ id: `seal ${noted.number}`, what: PUT_BACK }]);
  return { sealed, head };
}

const PUT_BACK = 'is not the seal that was noted: the ledger was put back to an older state';
