import type { Limit } from '../protocol/limits.ts';
import { type CompiledLimit, subjectOfTag } from './applicable.ts';
import { partMsOf } from './counter.ts';
import type { LimitUsesReader, RecordedUses, UsedBefore, UsesBy } from './ports.ts';
import { usedOf } from './used.ts';

export type UsedBeforeDeps = {
  readonly reader: LimitUsesReader;
  readonly now: () => number;
  /** Whether calls are paid for with credit, in which budgets are then. */
  readonly isInCredit: () => boolean;
  readonly teamOf: (projectId: string) => string | undefined;
  /** Every name of a model that was called, and the one by which each is counted. */
  readonly modelOf: (uses: RecordedUses) => { readonly names: readonly string[]; readonly model: string };
};

const BY: Record<Limit['subject']['kind'], UsesBy> = {
  organization: 'organization',
  project: 'project',
  team: 'project',
  member: 'member',
  service_account: 'service_account',
  key: 'key',
  end_user: 'end_user',
  model: 'organization',
  tag: 'tags',
};
/** Records of a window are one sum. */
const WHOLE_WINDOW_MS = Number.MAX_SAFE_INTEGER;

/**
 * What calls on record have used of a limit in the windows that are not over: so a start, after whatever end, goes on with
 * the counts where they were.
 */
export async function usedBefore(
  { limit, matches, spanAt }: CompiledLimit,
  deps: UsedBeforeDeps,
): Promise<readonly UsedBefore[]> {
  const now = deps.now();
  const span = spanAt(now);
  if (span.kind === 'concurrent') return [];
  const isRolling = span.kind === 'rolling';
  const { kind } = limit.subject;
  const rows = await deps.reader.sums(limit, {
    sinceMs: isRolling ? now - span.lengthMs - partMsOf(span.lengthMs) : span.startMs,
    bucketMs: isRolling ? partMsOf(span.lengthMs) : WHOLE_WINDOW_MS,
    by: BY[kind],
    byModel: matches !== undefined || kind === 'model',
    money: deps.isInCredit() ? 'price' : 'cost',
  });
  return rows.flatMap((row): readonly UsedBefore[] => {
    const { names, model } = deps.modelOf(row);
    if (matches !== undefined && !matches(names)) return [];
    const subject = subjectOf(limit, { ...row, model }, deps);
    if (subject === undefined) return [];
    const at = isRolling ? row.at : span.startMs;
    return [{ subject, at, used: usedOf(row, limit.measure) }];
  });
}

function subjectOf(
  { subject: { kind, id } }: Limit,
  { value, tags, model }: Pick<RecordedUses, 'value' | 'tags'> & { readonly model: string },
  { teamOf }: UsedBeforeDeps,
): string | undefined {
  if (kind === 'organization') return '';
  if (kind === 'model') return id === undefined ? model : '';
  if (kind === 'tag') return subjectOfTag(id ?? '', tags);
  const own = kind === 'team' && value !== undefined ? teamOf(value) : value;
  if (own === undefined || id === undefined) return own;
  return id === own ? '' : undefined;
}
