import type { FindIds, Reference } from '../declared/references.ts';
import type { ConfigurationState } from '../protocol/configuration.ts';
import type { Core } from './core.ts';

/** The most rows of a kind that an organization may have, or that have one name. */
const ROWS_MAX = 1000;

type Named = { readonly id: string; readonly name: string };

/**
 * What hub.yaml refers to, as the store has it when it is first asked. Ids may be of any organization, since the
 * operator's routes serve all of them; names are the operator's own, but for those of organizations.
 */
export function findIdsIn({ store, tenant }: Pick<Core, 'store' | 'tenant'>): FindIds {
  const { organizationId } = tenant;
  const known = new Map<string, Promise<readonly Named[]>>();
  const once = (kind: string, read: () => Promise<readonly Named[]>): Promise<readonly Named[]> => {
    const found = known.get(kind) ?? read();
    known.set(kind, found);
    return found;
  };
  let loaded: Promise<ConfigurationState> | undefined;
  const state = (): Promise<ConfigurationState> => {
    loaded ??= store.configuration.load();
    return loaded;
  };
  const isOwn = (row: { readonly organizationId: string }): boolean => row.organizationId === organizationId;
  return async ({ kind, text }: Reference) => {
    switch (kind) {
      case 'key': {
        const { keys } = await state();
        const named = keys.filter((key) => isOwn(key) && key.revokedAt === undefined);
        return idsIn(keys, named, text);
      }
      case 'project': {
        const { projects } = await state();
        const named = projects.filter((project) => isOwn(project) && project.archivedAt === undefined);
        return idsIn(projects, named, text);
      }
      case 'organization': {
        const { organizations } = await state();
        return idsIn(organizations, organizations, text);
      }
      case 'team': {
        const teams = await once(kind, () => store.teams.list(organizationId, { limit: ROWS_MAX }));
        return idsIn(teams, teams, text);
      }
      case 'service_account': {
        const accounts = await once(kind, () => store.serviceAccounts.list(organizationId, { limit: ROWS_MAX }));
        return idsIn(accounts, accounts, text);
      }
      case 'member':
        return (await store.members.get(organizationId, text)) === undefined ? [] : [text];
    }
  };
}

function idsIn(rows: readonly Named[], named: readonly Named[], text: string): readonly string[] {
  if (rows.some(({ id }) => id === text)) return [text];
  return named.flatMap(({ id, name }) => (name === text ? [id] : []));
}
