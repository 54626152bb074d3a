import { randomBytes } from 'node:crypto';
import type { ControlServices } from '../controlplane/services.ts';
import { createInvitationService, type InvitationService } from '../identity/invitations.ts';
import { createMemberService } from '../identity/members.ts';
import { createOrganizationService } from '../identity/organizations.ts';
import type { InvitationMail } from '../identity/people-ports.ts';
import { createProjectService } from '../identity/projects.ts';
import { createServiceAccountService } from '../identity/service-accounts.ts';
import { createTeamService } from '../identity/teams.ts';
import { createThrottle } from '../identity/throttle.ts';
import { type Core, changed } from './core.ts';

/** Organizations, and who and what belongs to them. */
export type PeopleServices = Pick<
  ControlServices,
  'organizations' | 'teams' | 'projects' | 'members' | 'serviceAccounts'
> & { readonly invitations: InvitationService };

/** What of the core they stand on. */
export type PeopleCore = Pick<Core, 'store' | 'newId' | 'hashKey' | 'clock' | 'tenant'> & {
  readonly snapshot: Pick<Core['snapshot'], 'refresh'>;
};

/** Joins the services to the store. What the data plane goes by is loaded anew after every change of it. */
export function composePeople(core: PeopleCore, mail: InvitationMail): PeopleServices {
  const { store, newId, hashKey } = core;
  const { now } = core.clock;
  const common = { newId, now };
  return {
    organizations: organizationServices(core),
    teams: teamServices(core),
    projects: projectServices(core),
    members: memberServices(core),
    serviceAccounts: serviceAccountServices(core),
    // Nothing of an invitation reaches the data plane: who accepts one has no keys yet.
    invitations: createInvitationService({
      ...common,
      store: store.invitations,
      members: store.members,
      organizations: store.organizations,
      mail,
      throttle: createThrottle({ store: store.throttles, hashKey, now }),
      hashKey,
      randomBytes,
    }),
  };
}

function organizationServices(core: PeopleCore): PeopleServices['organizations'] {
  const organizations = createOrganizationService({
    store: core.store.organizations,
    newId: core.newId,
    now: core.clock.now,
    defaultOrganizationId: core.tenant.organizationId,
  });
  return {
    ...organizations,
    create: (wanted) => changed(core, organizations.create(wanted)),
    update: (...change) => changed(core, organizations.update(...change)),
    setLogo: (...change) => changed(core, organizations.setLogo(...change)),
    suspend: (...change) => changed(core, organizations.suspend(...change)),
    reactivate: (...change) => changed(core, organizations.reactivate(...change)),
    close: (...change) => changed(core, organizations.close(...change)),
  };
}

function teamServices(core: PeopleCore): PeopleServices['teams'] {
  const teams = createTeamService({ store: core.store.teams, newId: core.newId, now: core.clock.now });
  return { ...teams, remove: (...change) => changed(core, teams.remove(...change)) };
}

function projectServices(core: PeopleCore): PeopleServices['projects'] {
  const projects = createProjectService({ store: core.store.projects, newId: core.newId, now: core.clock.now });
  return {
    ...projects,
    create: (...change) => changed(core, projects.create(...change)),
    update: (...change) => changed(core, projects.update(...change)),
    archive: (...change) => changed(core, projects.archive(...change)),
    unarchive: (...change) => changed(core, projects.unarchive(...change)),
  };
}

function memberServices(core: PeopleCore): PeopleServices['members'] {
  const members = createMemberService({ store: core.store.members, now: core.clock.now });
  return {
    ...members,
    setRole: (...change) => changed(core, members.setRole(...change)),
    suspend: (...change) => changed(core, members.suspend(...change)),
    reactivate: (...change) => changed(core, members.reactivate(...change)),
    remove: (...change) => changed(core, members.remove(...change)),
    leave: (access) => changed(core, members.leave(access)),
  };
}

function serviceAccountServices(core: PeopleCore): PeopleServices['serviceAccounts'] {
  const accounts = createServiceAccountService({
    store: core.store.serviceAccounts,
    newId: core.newId,
    now: core.clock.now,
  });
  return {
    ...accounts,
    update: (...change) => changed(core, accounts.update(...change)),
    remove: (...change) => changed(core, accounts.remove(...change)),
  };
}
