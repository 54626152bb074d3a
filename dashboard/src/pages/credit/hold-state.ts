import type { Answer } from '../../api/call.ts';

type Hold = Pick<Answer<'listCreditHolds'>['data'][number], 'dispatched_at' | 'awaits_job_since'>;

/** How far the call of a hold is, in the words of the page. */
export function holdState({ dispatched_at, awaits_job_since }: Hold) {
  if (awaits_job_since !== undefined) return 'credit.awaiting' as const;
  return dispatched_at === undefined ? ('credit.waiting' as const) : ('credit.dispatched' as const);
}
