import { type Selectable, sql } from 'kysely';
import { GatewayError } from '../../kernel/errors.ts';
import type { WebhookChange, WebhookStore } from '../../notifications/ports.ts';
import type { Delivery, Webhook } from '../../protocol/notifications.ts';
import type { StoreDatabase } from '../database.ts';
import { flag, isSet, orNull, orUndefined, stringList, toJsonText, wholeNumber } from '../engine.ts';
import type { WebhookDeliveryTable, WebhookTable } from '../notification-schema.ts';
import { changedColumns } from './changes.ts';
import { keyVersionOf } from './credentials.ts';
import { removeOwnRow } from './remove-row.ts';
import { ofRevision } from './revision.ts';
import { ofOrganization } from './tenant-scope.ts';
import { holdOrganization, type Writing } from './within-organization.ts';

/** Webhooks and their deliveries in the store. */
export function createWebhookStore(database: StoreDatabase): WebhookStore {
  return { ...ownWebhooks(database), ...ownDeliveries(database), ...sending(database) };
}

function ownWebhooks(database: StoreDatabase): Pick<WebhookStore, 'insert' | 'list' | 'get' | 'update' | 'remove'> {
  return {
    insert: (webhook, max) =>
      database.within(webhook.organizationId).write(async (transaction) => {
        await holdOrganization(transaction, webhook.organizationId);
        const { count } = await transaction
          .selectFrom('webhooks')
          .select((rows) => rows.fn.countAll().as('count'))
          .where(ofOrganization(webhook))
          .executeTakeFirstOrThrow();
        if (wholeNumber(count) >= max) {
          throw new GatewayError('request.invalid', { message: `An organization has at most ${max} webhooks.` });
        }
        await transaction
          .insertInto('webhooks')
          .values({
            id: webhook.id,
            organization_id: webhook.organizationId,
            url: webhook.url,
            kinds: toJsonText(webhook.kinds),
            enabled: flag(webhook.enabled),
            sealed: webhook.sealed,
            key_version: keyVersionOf(webhook.sealed),
            previous_until: orNull(webhook.previousUntil),
            failing_since: orNull(webhook.failingSince),
            created_at: webhook.createdAt,
          })
          .execute();
      }),
    list: (scope) =>
      database.within(scope.organizationId).read(async (view) => {
        const rows = await view.selectFrom('webhooks').selectAll().where(ofOrganization(scope)).orderBy('id').execute();
        return rows.map(toWebhook);
      }),
    get: (scope, id) =>
      database.within(scope.organizationId).read(async (view) => {
        const row = await view
          .selectFrom('webhooks')
          .selectAll()
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .executeTakeFirst();
        return row && toWebhook(row);
      }),
    update: (scope, id, change, ifRevision) =>
      database.within(scope.organizationId).write(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('webhooks')
          .set((row) => ({ ...columnsOf(change), revision: row('revision', '+', 1) }))
          .where(ofOrganization(scope))
          .where('id', '=', id)
          .where(ofRevision(ifRevision))
          .executeTakeFirstOrThrow();
        return numUpdatedRows > 0n;
      }),
    remove: (scope, id, ifRevision) => removeOwnRow(database, 'webhooks', { scope, id, ifRevision }),
  };
}

function columnsOf(change: WebhookChange) {
  return changedColumns<WebhookChange, Partial<Selectable<WebhookTable>>>(change, {
    kinds: (kinds) => (kinds === undefined ? {} : { kinds: toJsonText(kinds) }),
    enabled: (enabled) => (enabled === undefined ? {} : { enabled: flag(enabled) }),
    sealed: (sealed) => (sealed === undefined ? {} : { sealed, key_version: keyVersionOf(sealed) }),
    previousUntil: (at) => ({ previous_until: orNull(at) }),
    failingSince: (at) => ({ failing_since: orNull(at) }),
  });
}

function ownDeliveries(database: StoreDatabase): Pick<WebhookStore, 'addDelivery' | 'deliveries' | 'sendAgain'> {
  return {
    addDelivery: (delivery) =>
      database.within(delivery.organizationId).write(async (transaction) => {
        await transaction
          .insertInto('webhook_deliveries')
          .values({
            id: delivery.id,
            organization_id: delivery.organizationId,
            webhook_id: delivery.webhookId,
            message_id: delivery.messageId,
            kind: delivery.kind,
            body: delivery.body,
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: delivery.nextAttemptAt,
            created_at: delivery.createdAt,
          })
          .execute();
      }),
    deliveries: (scope, webhookId, { limit, beforeId }) =>
      database.within(scope.organizationId).read(async (view) => {
        let query = view
          .selectFrom('webhook_deliveries')
          .selectAll()
          .where(ofOrganization(scope))
          .where('webhook_id', '=', webhookId)
          .orderBy('id', 'desc')
          .limit(limit);
        if (beforeId !== undefined) query = query.where('id', '<', beforeId);
        return (await query.execute()).map(toDelivery);
      }),
    sendAgain: (scope, { webhookId, id, now }) =>
      database.within(scope.organizationId).write(async (transaction) => {
        const row = await transaction
          .updateTable('webhook_deliveries')
          .set({ state: 'waiting', attempts: 0, next_attempt_at: now, lease_until: null, ended_at: null })
          .where(ofOrganization(scope))
          .where('webhook_id', '=', webhookId)
          .where('id', '=', id)
          .where('state', '!=', 'waiting')
          .returningAll()
          .executeTakeFirst();
        return row && toDelivery(row);
      }),
  };
}

/** Adds a message that waits to be sent to one webhook. */
export async function deliverTo(
  transaction: Writing,
  message: Pick<Delivery, 'id' | 'organizationId' | 'webhookId' | 'messageId' | 'kind' | 'body'> & {
    readonly at: number;
  },
): Promise<void> {
  await transaction
    .insertInto('webhook_deliveries')
    .values({
      id: message.id,
      organization_id: message.organizationId,
      webhook_id: message.webhookId,
      message_id: message.messageId,
      kind: message.kind,
      body: message.body,
      state: 'waiting',
      attempts: 0,
      next_attempt_at: message.at,
      created_at: message.at,
    })
    .execute();
}

/** The work of the job, for all organizations. */
function sending(database: StoreDatabase): Pick<WebhookStore, 'claim' | 'settle' | 'noteHealth'> {
  return {
    claim: ({ now, leaseMs, limit }) =>
      database.write(async (transaction) => {
        const due = await transaction
          .selectFrom('webhook_deliveries')
          .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
          .innerJoin('organizations', 'organizations.id', 'webhook_deliveries.organization_id')
          .select('webhook_deliveries.id')
          .where('webhook_deliveries.state', '=', 'waiting')
          .where('next_attempt_at', '<=', now)
          .where((row) => row.or([row('lease_until', 'is', null), row('lease_until', '<=', now)]))
          // A test reaches one that is switched off, too.
          .where((row) => row.or([row('enabled', '=', 1), row('webhook_deliveries.kind', '=', 'webhook.test')]))
          // What is for a suspended one waits until it is reactivated.
          .where('organizations.state', '=', 'active')
          .orderBy('next_attempt_at')
          .limit(limit)
          .execute();
        if (due.length === 0) return [];
        const ids = due.map(({ id }) => id);
        // Asked again in the update: what another instance has claimed meanwhile is no longer due.
        const claimed = await transaction
          .updateTable('webhook_deliveries')
          .set({ lease_until: now + leaseMs })
          .where('id', 'in', ids)
          .where('state', '=', 'waiting')
          .where((row) => row.or([row('lease_until', 'is', null), row('lease_until', '<=', now)]))
          .returningAll()
          .execute();
        const webhookIds = claimed.map(({ webhook_id }) => webhook_id);
        if (webhookIds.length === 0) return [];
        const rows = await transaction.selectFrom('webhooks').selectAll().where('id', 'in', webhookIds).execute();
        const webhooks = new Map(rows.map((row) => [row.id, toWebhook(row)]));
        return claimed.flatMap((row) => {
          const webhook = webhooks.get(row.webhook_id);
          return webhook === undefined ? [] : { delivery: toDelivery(row), webhook };
        });
      }),
    settle: ({ id, attempts }, { state, nextAttemptAt, status, error, endedAt }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable('webhook_deliveries')
          .set({
            state,
            attempts: attempts + 1,
            next_attempt_at: nextAttemptAt,
            lease_until: null,
            status: orNull(status),
            error: orNull(error),
            ended_at: orNull(endedAt),
          })
          .where('id', '=', id)
          .execute();
      }),
    noteHealth: (webhookId, failedAt) =>
      database.write(async (transaction) => {
        const row = await transaction
          .updateTable('webhooks')
          .set({
            failing_since:
              failedAt === undefined ? null : sql<number>`COALESCE(failing_since, CAST(${failedAt} AS BIGINT))`,
          })
          .where('id', '=', webhookId)
          .returning('failing_since')
          .executeTakeFirst();
        return orUndefined(row?.failing_since ?? null);
      }),
  };
}

function toWebhook(row: Selectable<WebhookTable>): Webhook {
  return {
    id: row.id,
    organizationId: row.organization_id,
    url: row.url,
    kinds: stringList(row.kinds) ?? [],
    enabled: isSet(row.enabled),
    sealed: row.sealed,
    previousUntil: orUndefined(row.previous_until),
    failingSince: orUndefined(row.failing_since),
    createdAt: row.created_at,
    revision: row.revision,
  };
}

function toDelivery(row: Selectable<WebhookDeliveryTable>): Delivery {
  return {
    id: row.id,
    organizationId: row.organization_id,
    webhookId: row.webhook_id,
    messageId: row.message_id,
    kind: row.kind,
    body: row.body,
    // Only these three are ever written to the column.
    state: row.state as Delivery['state'],
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    status: orUndefined(row.status),
    error: orUndefined(row.error),
    createdAt: row.created_at,
    endedAt: orUndefined(row.ended_at),
  };
}
