import { GatewayError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../protocol/principal.ts';
import type { UsageRecord } from '../../../protocol/records.ts';
import type { UsageFilters } from '../../../protocol/usage-sums.ts';
import type { UsageReads } from './ports.ts';

/** Whose calls are looked at: a person's, a project's, or all of an organization. */
export type Audience =
  | { readonly kind: 'member'; readonly organizationId: string; readonly memberId: string }
  | { readonly kind: 'project'; readonly organizationId: string; readonly projectId: string }
  | { readonly kind: 'organization'; readonly organizationId: string };

/** What a key sees of itself: the calls of its person, or of its project where it belongs to nobody. */
export function ownAudience({ organizationId, projectId, memberId }: Principal): Audience {
  return memberId === undefined
    ? { kind: 'project', organizationId, projectId }
    : { kind: 'member', organizationId, memberId };
}

/** Everybody's calls. @throws access.denied unless the key is an owner's or admin's */
export async function wholeAudience(principal: Principal, usage: UsageReads): Promise<Audience> {
  const { organizationId, memberId } = principal;
  const role = memberId === undefined ? undefined : await usage.roleOf(organizationId, memberId);
  if (role !== 'owner' && role !== 'admin') throw new GatewayError('access.denied');
  return { kind: 'organization', organizationId };
}

export function filtersOf(audience: Audience): UsageFilters {
  switch (audience.kind) {
    case 'member':
      return { member: [audience.memberId] };
    case 'project':
      return { project: [audience.projectId] };
    case 'organization':
      return {};
  }
}

/** Under whose name a call is shown: the person, else the machine, else the key itself. */
export function userDidOf({ memberId, serviceAccountId, keyId }: UsageRecord): string {
  return memberId ?? serviceAccountId ?? keyId;
}
