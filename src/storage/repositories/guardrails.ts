import type { Selectable } from 'kysely';
import type { GuardrailStore } from '../../guardrails/ports.ts';
import type { Guardrail, GuardrailCheck, GuardrailScope } from '../../protocol/guardrails.ts';
import { changeConfiguration, type StoreDatabase } from '../database.ts';
import { flag, fromJsonText, isSet, listOrNull, orUndefined, stringList, toJsonText } from '../engine.ts';
import type { GuardrailTable } from '../guardrail-schema.ts';
import { keyVersionOf } from './credentials.ts';
import { ofOrganization } from './tenant-scope.ts';

/** Guardrails of organizations in the store. */
export function createGuardrailStore(database: StoreDatabase): GuardrailStore {
  return {
    list: (scope) =>
      database.within(scope.organizationId).read(async (reading) => {
        const rows = await reading
          .selectFrom('guardrails')
          .selectAll()
          .where(ofOrganization(scope))
          .orderBy('id')
          .execute();
        return rows.map(toGuardrail);
      }),
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (reading) => {
        const row = await reading
          .selectFrom('guardrails')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row === undefined ? undefined : toGuardrail(row);
      }),
    insert: async (guardrail) => {
      await changeConfiguration(
        database.within(guardrail.organizationId),
        async (transaction) => {
          await transaction.insertInto('guardrails').values(toRow(guardrail)).execute();
          return true;
        },
        Boolean,
      );
    },
    replace: (guardrail) =>
      changeConfiguration(
        database.within(guardrail.organizationId),
        async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('guardrails')
            .set(toRow(guardrail))
            .where(ofOrganization(guardrail))
            .where('id', '=', guardrail.id)
            .where('revision', '=', guardrail.revision - 1)
            .executeTakeFirstOrThrow();
          return numUpdatedRows > 0n;
        },
        Boolean,
      ),
    remove: (scope, id, revision) =>
      changeConfiguration(
        database.within(scope.organizationId),
        async (transaction) => {
          const { numDeletedRows } = await transaction
            .deleteFrom('guardrails')
            .where(ofOrganization(scope))
            .where('id', '=', id)
            .where('revision', '=', revision)
            .executeTakeFirstOrThrow();
          return numDeletedRows > 0n;
        },
        Boolean,
      ),
  };
}

function toRow(guardrail: Guardrail): Selectable<GuardrailTable> {
  const { scope, check, sealed } = guardrail;
  return {
    id: guardrail.id,
    organization_id: guardrail.organizationId,
    name: guardrail.name,
    finds: toJsonText(check),
    address: check.kind === 'http' ? check.url : null,
    sealed: sealed ?? null,
    key_version: sealed === undefined ? null : keyVersionOf(sealed),
    action: guardrail.action,
    place: guardrail.place,
    scope_kind: scope.kind,
    scope_id: scope.kind === 'organization' ? null : scope.id,
    models: listOrNull(guardrail.models),
    position: guardrail.order,
    enabled: flag(guardrail.enabled),
    created_at: guardrail.createdAt,
    updated_at: guardrail.updatedAt,
    revision: guardrail.revision,
  };
}

/** A stored row → guardrail. Words of closed unions are only ever written from the same types. */
export function toGuardrail(row: Selectable<GuardrailTable>): Guardrail {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    check: fromJsonText(row.finds) as unknown as GuardrailCheck,
    action: row.action as Guardrail['action'],
    place: row.place as Guardrail['place'],
    scope:
      row.scope_id === null
        ? { kind: 'organization' }
        : { kind: row.scope_kind as Exclude<GuardrailScope['kind'], 'organization'>, id: row.scope_id },
    models: stringList(row.models),
    order: row.position,
    enabled: isSet(row.enabled),
    sealed: orUndefined(row.sealed),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  };
}
