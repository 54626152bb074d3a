import { nanoCredits } from '../../kernel/money.ts';
import type { AccountId } from '../../protocol/ledger.ts';
import type { AwaitJob, GiveGrant, PlaceHold } from '../operations.ts';

/** Example operations for tests: on the default organization's own account, unless the test says otherwise. */

export function giveGrant(id: string, amount: bigint, fields: Partial<GiveGrant> = {}): GiveGrant {
  return {
    kind: 'give',
    id,
    organizationId: 'org_default',
    accountId: 'organization/org_default',
    grantKind: 'purchased',
    name: 'Credit',
    amountNano: nanoCredits(amount),
    priority: 100,
    expiresAt: undefined,
    models: undefined,
    projectIds: undefined,
    actorId: undefined,
    reason: undefined,
    ...fields,
  };
}

/** A hold of an amount and no less, for a call that has left. */
export function placeHold(id: string, amount: bigint, fields: Partial<PlaceHold> & Pick<PlaceHold, 'path'>): PlaceHold {
  const amountNano = nanoCredits(amount);
  return {
    kind: 'place',
    id,
    organizationId: 'org_default',
    projectId: 'proj_default',
    model: 'm_1',
    mostNano: amountNano,
    leastNano: amountNano,
    fallbackNano: amountNano,
    isDispatched: true,
    ttlMs: 60_000,
    instanceId: 'inst_1',
    terms: '{}',
    ...fields,
  };
}

/** A hold that from now on waits for a film. */
export function awaitJob(id: string, path: readonly AccountId[], fields: Partial<AwaitJob> = {}): AwaitJob {
  return {
    kind: 'await',
    id,
    path,
    job: {
      id,
      organizationId: 'org_default',
      projectId: 'proj_default',
      operation: 'videos',
      connectionId: 'conn_1',
      credentialId: 'cred_1',
      upstreamId: `video_${id}`,
      upstreamModel: 'sora-2',
      startedAt: 0,
      asked: '{}',
    },
    firstAskMs: 0,
    ttlMs: 60_000,
    fallbackNano: nanoCredits(0n),
    ...fields,
  };
}
