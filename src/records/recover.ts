import { readdirSync, rmSync } from 'node:fs';
import type { NanoUsd } from '../kernel/money.ts';
import type { RateCard } from '../protocol/rate-card.ts';
import type { RequestOutcome, UsageRecord } from '../protocol/records.ts';
import type { Usage } from '../protocol/usage.ts';
import { type LeftCall, type Progress, readLeftJournals } from './inflight-journal.ts';
import { interruptedOutcome } from './inflight-note.ts';
import type { RecordStore } from './ports.ts';

const BATCH = 200;

export type Recovered = {
  readonly found: number;
  /** Processes all of whose calls that had left are on record now. */
  readonly instances: readonly { readonly id: string; readonly bootId: string | undefined }[];
};

export type RecoverDeps = {
  readonly directory: string;
  readonly store: Pick<RecordStore, 'commit'>;
  readonly isDead: (instanceId: string) => boolean;
  /** What is known of a call of which only sizes are. */
  readonly estimate: (sizes: {
    readonly requestBytes: number;
    readonly output: Progress | undefined;
    readonly record: UsageRecord;
  }) => { readonly usage: Usage; readonly deliveredTokens: number };
  /** What that usage costs where the call was going; `undefined` where no price is known. */
  readonly charge: (
    record: UsageRecord,
    usage: Usage,
  ) => { readonly costNano: NanoUsd | undefined; readonly rateCard: RateCard | undefined };
};

/**
 * Turns the calls that dead processes left in flight into records with status `interrupted`: never missing, and never
 * free where a price is known. A call whose records were committed just before the crash is left as it is.
 * Returns how many calls were found, and whose journals they stood in.
 */
export async function recoverInterrupted(deps: RecoverDeps): Promise<Recovered> {
  let found = 0;
  const instances: { readonly id: string; readonly bootId: string | undefined }[] = [];
  for (const journal of readLeftJournals(deps.directory, deps.isDead)) {
    const outcomes = journal.calls.map((call) => interrupted(call, deps));
    for (let from = 0; from < outcomes.length; from += BATCH)
      await deps.store.commit(outcomes.slice(from, from + BATCH));
    found += outcomes.length;
    instances.push({ id: journal.instanceId, bootId: journal.bootId });
    rmSync(journal.path, { force: true });
  }
  return { found, instances };
}

/** Whether a former process left calls in flight here. */
export function hasLeftJournals(directory: string): boolean {
  return readdirSync(directory).some((name) => name.startsWith('inflight-'));
}

function interrupted({ note, progress }: LeftCall, deps: RecoverDeps): RequestOutcome {
  const { usage: record, request } = interruptedOutcome(note);
  const { usage, deliveredTokens } = deps.estimate({ requestBytes: record.requestBytes, output: progress, record });
  const { costNano, rateCard } = deps.charge(record, usage);
  return {
    usage: {
      ...record,
      usage,
      deliveredTokens,
      costNano,
      rateCardId: rateCard?.id,
      rateCardVersion: rateCard?.version,
    },
    request,
  };
}
