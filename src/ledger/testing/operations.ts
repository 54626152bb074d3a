import { nanoCredits } from '../../kernel/money.ts';
import type { GiveGrant, PlaceHold } from '../operations.ts';

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
