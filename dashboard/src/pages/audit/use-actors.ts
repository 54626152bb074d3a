import { useAsk } from '../../api/hooks.ts';
import type { Scope } from './query.ts';

/** Who may have done something, by the id that the log knows them by. It keeps no names itself. */
export function useActors(scope: Scope): ReadonlyMap<string, string> {
  const isOrganization = scope === 'organization';
  const query = { limit: 200 };
  const members = useAsk('listMembers', { query }, { enabled: isOrganization });
  const keys = useAsk('listManagementKeys', { query }, { enabled: isOrganization });
  const users = useAsk('listUsers', { query }, { enabled: !isOrganization });
  const people = isOrganization
    ? (members.data?.data ?? []).map(({ user_id, name, email }) => [user_id, name ?? email ?? user_id] as const)
    : (users.data?.data ?? []).map(({ id, name, email }) => [id, name ?? email ?? id] as const);
  return new Map([
    ...people,
    ...(isOrganization ? (keys.data?.data ?? []).map(({ id, name }) => [id, name] as const) : []),
  ]);
}
