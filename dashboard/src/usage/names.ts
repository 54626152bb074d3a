import { useAsk } from '../api/hooks.ts';
import { type Place, seesCosts } from '../app/session.tsx';
import { useWords } from '../words/index.ts';

const MANY = 200;

export const DIMENSIONS = [
  'model',
  'provider',
  'connection',
  'project',
  'team',
  'member',
  'key',
  'application',
  'tag',
  'end_user',
  'operation',
  'status',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** What a place may cut usage by: where others pay for calls, who serves them is the operator's own. */
export function dimensionsIn(place: Place): readonly Dimension[] {
  return seesCosts(place) ? DIMENSIONS : DIMENSIONS.filter((one) => one !== 'provider' && one !== 'connection');
}

/** What the ids of a group are called; one that has no name is shown as it is. */
export function useNamesOf(dimension: Dimension): (value: string) => string {
  const { t } = useWords();
  const query = { query: { limit: MANY } };
  const connections = useAsk('listConnections', query, { enabled: dimension === 'connection' });
  const projects = useAsk('listProjects', query, { enabled: dimension === 'project' });
  const teams = useAsk('listTeams', query, { enabled: dimension === 'team' });
  const members = useAsk('listMembers', query, { enabled: dimension === 'member' });
  const keys = useAsk('listKeys', query, { enabled: dimension === 'key' });
  const providers = useAsk('listProviders', query, { enabled: dimension === 'provider' });
  const named = (rows: readonly { readonly id: string; readonly name?: string }[] | undefined) =>
    new Map(rows?.map(({ id, name }) => [id, name ?? id]));
  const names: Partial<Record<Dimension, ReadonlyMap<string, string>>> = {
    connection: named(connections.data?.data),
    project: named(projects.data?.data),
    team: named(teams.data?.data),
    member: named(members.data?.data),
    key: named(keys.data?.data),
    provider: named(providers.data?.data),
  };
  return (value) => {
    if (dimension === 'status') return statusWord(t, value);
    return names[dimension]?.get(value) ?? value;
  };
}

const STATUSES = ['success', 'upstream_error', 'rejected', 'client_closed', 'cut', 'timeout', 'interrupted'] as const;

function statusWord(t: ReturnType<typeof useWords>['t'], value: string): string {
  const status = STATUSES.find((one) => one === value);
  return status === undefined ? value : t(`usage.statuses.${status}`);
}
