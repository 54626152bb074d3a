import type { Selectable } from 'kysely';
import { INSTALLATION_DEFAULTS, type Installation } from '../../protocol/installation.ts';
import type { Brand, Organization, Project } from '../../protocol/people.ts';
import { fromJsonText, isSet, orUndefined } from '../engine.ts';
import type { OrganizationTable, ProjectTable } from '../schema.ts';

/** A stored row → organization. Words of closed unions are only ever written from the same types. */
export function toOrganization(row: Selectable<OrganizationTable>): Organization {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as Organization['kind'],
    state: row.state as Organization['state'],
    stateReason: orUndefined(row.state_reason),
    stateChangedAt: orUndefined(row.state_changed_at),
    ownCredentialsAllowed: row.own_credentials_allowed === null ? undefined : isSet(row.own_credentials_allowed),
    ownCredentialsUse: row.own_credentials_use as Organization['ownCredentialsUse'],
    brokenStreamPolicy: row.broken_stream_policy as Organization['brokenStreamPolicy'],
    // The column holds what was written from a Brand.
    brand: fromJsonText(row.brand) as Brand,
    externalId: orUndefined(row.external_id),
    ...(row.cache_cleared_at === null ? {} : { cacheClearedAt: row.cache_cleared_at }),
    createdAt: row.created_at,
    revision: row.revision,
  };
}

/** A stored row → project. */
export function toProject(row: Selectable<ProjectTable>): Project {
  return {
    id: row.id,
    organizationId: row.organization_id,
    teamId: orUndefined(row.team_id),
    name: row.name,
    isDefault: isSet(row.is_default),
    archivedAt: orUndefined(row.archived_at),
    createdAt: row.created_at,
    revision: row.revision,
  };
}

/** The stored document, laid over the defaults: what a later build adds has its default until it is set. */
export function toInstallation(row: { readonly document: string; readonly revision: number }): Installation {
  // The column holds what was written from an Installation.
  const document = fromJsonText(row.document) as Partial<Installation>;
  return { ...INSTALLATION_DEFAULTS, ...document, revision: row.revision };
}
