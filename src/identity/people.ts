import { GatewayError } from '../kernel/errors.ts';
import type { Member, Organization, User } from '../protocol/people.ts';
import { readPersonName } from './accounts.ts';
import type { PlaceStore, UserStore } from './ports.ts';

/** A person's membership with the organization that it is in. */
export type Place = { readonly organization: Organization; readonly member: Member };

/** People as they and operators see them. */
export type People = {
  /** @throws resource.not_found */
  readonly ofPerson: (userId: string) => Promise<{ readonly user: User; readonly places: readonly Place[] }>;
  readonly change: (
    userId: string,
    change: { readonly name?: string | undefined; readonly locale?: string | undefined },
  ) => Promise<User>;
  readonly list: UserStore['list'];
};

export function createPeople({ users, places }: { readonly users: UserStore; readonly places: PlaceStore }): People {
  const existing = async (userId: string): Promise<User> => {
    const user = await users.get(userId);
    if (user === undefined) throw new GatewayError('resource.not_found');
    return user;
  };
  return {
    ofPerson: async (userId) => ({ user: await existing(userId), places: await places.ofPerson(userId) }),
    change: async (userId, { name, locale }) => {
      await users.update(userId, {
        ...(name === undefined ? {} : { name: readPersonName(name) }),
        ...(locale === undefined ? {} : { locale }),
      });
      return existing(userId);
    },
    list: (page) => users.list(page),
  };
}
