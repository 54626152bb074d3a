import { useAsk } from '../../api/hooks.ts';
import type { UsageRecord } from '../../api/types.ts';
import { useMinute } from '../../usage/use-minute.ts';

const DAY_MS = 86_400_000;

/** Why nothing is stored of what was said in a request, as far as the policy of now tells; `undefined` until it is known. */
export function useWhyNoContent({
  project_id,
  started_at,
}: UsageRecord): 'off' | 'project' | 'over' | 'other' | undefined {
  const nowMs = useMinute();
  const policy = useAsk('getContentPolicy', {}).data;
  if (policy === undefined) return undefined;
  if (!policy.store || policy.keep_days_max === 0) return 'off';
  if (policy.project_ids?.includes(project_id) === false) return 'project';
  return Date.parse(started_at) + policy.keep_days * DAY_MS <= nowMs ? 'over' : 'other';
}
