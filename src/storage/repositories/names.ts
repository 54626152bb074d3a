import type { AliasRow, IdentityOverrideRow, Source } from '../../protocol/configuration.ts';
import type { AliasStore, IdentityOverrideStore } from '../../providers/ports.ts';
import type { StoreDatabase } from '../database.ts';
import { changeConfiguration } from '../database.ts';
import type { AliasTable, IdentityOverrideTable } from '../schema.ts';
import { removeRow } from './remove-row.ts';
import { ofTenant } from './tenant-scope.ts';

/** Model aliases in the store. */
export function createAliasStore(database: StoreDatabase): AliasStore {
  return {
    list: (tenant) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('model_aliases')
          .selectAll()
          .where(ofTenant(tenant))
          .orderBy('name')
          .execute();
        return rows.map(toAlias);
      }),
    insert: (tenant, { id, name, target, source }) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        const { organizationId, projectId } = tenant;
        await transaction
          .insertInto('model_aliases')
          .values({ organization_id: organizationId, project_id: projectId, id, name, target, source })
          .execute();
      }),
    remove: (tenant, id) => removeRow(database, 'model_aliases', { tenant, id }),
  };
}

/** The operator's corrections of the identity table in the store. */
export function createIdentityOverrideStore(database: StoreDatabase): IdentityOverrideStore {
  return {
    list: (tenant) =>
      database.within(tenant.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('identity_overrides')
          .selectAll()
          .where(ofTenant(tenant))
          .orderBy('provider_id')
          .orderBy('upstream_model')
          .execute();
        return rows.map(toIdentityOverride);
      }),
    insert: (tenant, override) =>
      changeConfiguration(database.within(tenant.organizationId), async (transaction) => {
        await transaction
          .insertInto('identity_overrides')
          .values({
            organization_id: tenant.organizationId,
            project_id: tenant.projectId,
            id: override.id,
            provider_id: override.providerId,
            upstream_model: override.upstreamModel,
            canonical_model: override.canonicalModel,
            source: override.source,
          })
          .execute();
      }),
    remove: (tenant, id) => removeRow(database, 'identity_overrides', { tenant, id }),
  };
}

/** A stored row → alias. */
export function toAlias(row: AliasTable): AliasRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    name: row.name,
    target: row.target,
    // Only a Source is ever written to this column.
    source: row.source as Source,
  };
}

/** A stored row → identity override. */
export function toIdentityOverride(row: IdentityOverrideTable): IdentityOverrideRow {
  return {
    organizationId: row.organization_id,
    projectId: row.project_id,
    id: row.id,
    providerId: row.provider_id,
    upstreamModel: row.upstream_model,
    canonicalModel: row.canonical_model,
    // Only a Source is ever written to this column.
    source: row.source as Source,
  };
}
