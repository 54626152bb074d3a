import type { NewId } from '../kernel/ids.ts';
import type { AuditAct, AuditEnding, AuditEntry } from '../protocol/audit.ts';
import type { AuditDigests } from './chain.ts';
import type { AuditStore } from './ports.ts';

const VERIFY_PAGE = 500;
/** Differences that are told one by one. */
const DIFFERENCES_MAX = 100;
const PUT_BACK = 'is not the entry that was noted: the log was put back to an older state';

/** An act under way. */
export type BegunAct = { readonly actId: string; readonly act: AuditAct };

/** One thing that is wrong with the log. */
export type AuditDifference = { readonly sequence: number; readonly what: string };

/** The last entry of the log as it was at some time. */
export type AuditHead = { readonly sequence: number; readonly digest: string };

export type AuditVerdict = {
  readonly entries: number;
  readonly differences: readonly AuditDifference[];
  /** To compare with one noted earlier: a log that was put back to an older state as a whole shows only there. */
  readonly head: AuditHead;
};

/** The audit log: what was done on the control plane, by whom, from where, when. */
export type AuditLog = {
  /** Writes down what is about to be done; nothing is done before it resolves. */
  readonly begin: (act: AuditAct) => Promise<BegunAct>;
  readonly end: (begun: BegunAct, ending: AuditEnding) => Promise<void>;
  readonly list: AuditStore['acts'];
  /** Reads the whole chain, and holds it against a head that was noted earlier where one is given. */
  readonly verify: (noted?: AuditHead) => Promise<AuditVerdict>;
};

export function createAuditLog(input: {
  readonly store: AuditStore;
  readonly digests: AuditDigests;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): AuditLog {
  const { store, digests, newId, now } = input;
  const append = (entry: Parameters<AuditStore['append']>[0]): Promise<void> => store.append(entry, digests.ofEntry);
  return {
    begin: async (act) => {
      const actId = newId('act');
      await append({
        ...fieldsOf(act),
        id: newId('aud'),
        actId,
        phase: 'begun',
        at: now(),
        targetKind: undefined,
        targetId: undefined,
        outcome: undefined,
        errorCode: undefined,
        before: undefined,
        after: undefined,
        address: act.address,
        userAgent: act.userAgent,
        originDigest: digests.ofOrigin(actId, act),
      });
      return { actId, act };
    },
    end: async ({ actId, act }, ending) => {
      await append({
        ...fieldsOf(act),
        actorId: act.actor.id ?? ending.actorId,
        id: newId('aud'),
        actId,
        phase: 'ended',
        at: now(),
        targetKind: ending.targetKind,
        targetId: ending.targetId,
        outcome: ending.outcome,
        errorCode: ending.errorCode,
        before: ending.before && JSON.stringify(ending.before),
        after: ending.after && JSON.stringify(ending.after),
        // Where it came from stands with its beginning.
        address: undefined,
        userAgent: undefined,
        originDigest: undefined,
      });
    },
    list: (filter, page) => store.acts(filter, page),
    verify: (noted) => verify(store, digests, noted),
  };
}

function fieldsOf({ organizationId, actor, action, requestId }: AuditAct) {
  return { organizationId, actorKind: actor.kind, actorId: actor.id, action, requestId };
}

async function verify(store: AuditStore, digests: AuditDigests, noted: AuditHead | undefined): Promise<AuditVerdict> {
  const differences: AuditDifference[] = [];
  const note = (sequence: number, what: string): void => {
    if (differences.length < DIFFERENCES_MAX) differences.push({ sequence, what });
  };
  // Read first: what is appended meanwhile lies behind it.
  const head = await store.head();
  let last = { sequence: 0, digest: '' };
  let entries = 0;
  for (let page = await store.entriesAfter(0, VERIFY_PAGE); page.length > 0; ) {
    for (const entry of page) {
      if (entry.sequence > head.sequence) break;
      check(entry, last, { digests, note });
      if (entry.sequence === noted?.sequence && entry.digest !== noted.digest) note(entry.sequence, PUT_BACK);
      last = entry;
      entries += 1;
    }
    const [end] = page.slice(-1);
    page =
      end === undefined || end.sequence >= head.sequence ? [] : await store.entriesAfter(end.sequence, VERIFY_PAGE);
  }
  if (last.sequence < head.sequence) note(last.sequence + 1, `entries up to ${head.sequence} are gone`);
  else if (last.digest !== head.digest) note(head.sequence, 'the last entry is not the one that the head names');
  if (noted !== undefined && noted.sequence > last.sequence) note(noted.sequence, PUT_BACK);
  const behind = await store.entriesAfter(head.sequence, 1);
  const now = await store.head();
  if (behind.length > 0 && now.sequence === head.sequence) note(head.sequence + 1, 'there are entries behind the head');
  return { entries, differences, head };
}

type Checking = {
  readonly digests: AuditDigests;
  readonly note: (sequence: number, what: string) => void;
};

function check(
  entry: AuditEntry,
  last: { readonly sequence: number; readonly digest: string },
  { digests, note }: Checking,
): void {
  if (entry.sequence !== last.sequence + 1) {
    note(entry.sequence, `entries ${last.sequence + 1} to ${entry.sequence - 1} are gone`);
  }
  if (entry.previousDigest !== last.digest) note(entry.sequence, 'does not follow the entry before it');
  if (digests.ofEntry(entry) !== entry.digest) note(entry.sequence, 'was changed');
  const isEmptied = entry.address === undefined && entry.userAgent === undefined;
  if (!isEmptied && digests.ofOrigin(entry.actId, entry) !== entry.originDigest) {
    note(entry.sequence, 'where it came from was changed');
  }
}
