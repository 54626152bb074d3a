import { nanoCredits } from '../../../kernel/money.ts';
import type { JobWithHold } from '../../../ledger/ports.ts';

/** A film that a hold of a thousand waits for, of the organization's account alone; what it likely costs are five hundred. */
export function filmJob(asked: string, fields: Partial<Pick<JobWithHold, 'asks' | 'misses'>> = {}): JobWithHold {
  const of = { id: 'ur_1', organizationId: 'org_1', projectId: 'proj_1' };
  return {
    job: {
      ...of,
      operation: 'videos',
      connectionId: 'conn_1',
      credentialId: 'cred_1',
      upstreamId: 'video_1',
      upstreamModel: 'sora-2',
      startedAt: 0,
      asked,
    },
    hold: {
      ...of,
      amountNano: nanoCredits(1000n),
      fallbackNano: nanoCredits(500n),
      shares: [{ accountId: 'organization/org_1', grantId: 'gr_1', nano: nanoCredits(1000n) }],
      placedAt: 0,
      dispatchedAt: 0,
      awaitsJobSince: 0,
      expiresAt: 1000,
      instanceId: 'inst_1',
      terms: '{}',
    },
    asks: 1,
    misses: 0,
    ...fields,
  };
}
