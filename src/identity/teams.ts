import type { NewId } from '../kernel/ids.ts';
import type { Team } from '../protocol/people.ts';
import type { Changed, MemberWithPerson, PageWanted, TeamPlace, TeamStore } from './people-ports.ts';
import { assertNameFree, assertRoomFor, conflict, readName } from './people-rules.ts';

const TEAMS_MAX = 500;

/** The teams of an organization. Everything throws GatewayError: `request.invalid`, `resource.…`. */
export type TeamService = {
  readonly get: (organizationId: string, id: string) => Promise<Team | undefined>;
  readonly list: (organizationId: string, page: PageWanted) => Promise<readonly Team[]>;
  readonly create: (organizationId: string, name: string) => Promise<Team>;
  readonly rename: (
    organizationId: string,
    input: { readonly id: string; readonly name: string },
    ifRevision?: number,
  ) => Promise<Changed<Team>>;
  /** Refused while projects belong to it: who may use them then is for somebody to decide. */
  readonly remove: (organizationId: string, id: string, ifRevision?: number) => Promise<Team>;
  readonly addMember: (organizationId: string, place: TeamPlace) => Promise<Changed<MemberWithPerson>>;
  readonly removeMember: (organizationId: string, place: TeamPlace) => Promise<Changed<MemberWithPerson>>;
};

export function createTeamService(input: {
  readonly store: TeamStore;
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): TeamService {
  const { store } = input;
  return {
    get: (organizationId, id) => store.get(organizationId, id),
    list: (organizationId, page) => store.list(organizationId, page),
    create: async (organizationId, name) => {
      const team: Team = {
        id: input.newId('team'),
        organizationId,
        name: readName(name),
        createdAt: input.now(),
        revision: 1,
      };
      await store.insert(team, {
        check: ({ count, isNameTaken }) => {
          assertNameFree(isNameTaken, 'team');
          assertRoomFor(count, TEAMS_MAX, 'teams');
        },
      });
      return team;
    },
    rename: async (organizationId, { id, name }, ifRevision) =>
      store.rename(
        organizationId,
        { id, name: readName(name) },
        { ifRevision, check: ({ isNameTaken }) => assertNameFree(isNameTaken, 'team') },
      ),
    remove: (organizationId, id, ifRevision) =>
      store.remove(organizationId, id, {
        ifRevision,
        check: ({ projects }) => {
          if (projects > 0) throw conflict('Projects belong to the team: give them to another one, or to none, first.');
        },
      }),
    addMember: (organizationId, place) => store.addMember(organizationId, place),
    removeMember: (organizationId, place) => store.removeMember(organizationId, place),
  };
}
