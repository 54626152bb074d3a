import type { NewWireId } from '../../kernel/ids.ts';
import type { WebhookStore } from '../../notifications/ports.ts';
import { createWebhookService } from '../../notifications/webhooks.ts';
import type { Delivery, Webhook } from '../../protocol/notifications.ts';
import type { ControlServices } from '../services.ts';
import { TEST_NOW, TEST_TENANT } from './memory-state.ts';

type Services = Pick<ControlServices, 'notifications' | 'notificationWatch' | 'webhooks'>;

/** Webhooks in memory, of one organization; nothing is raised. */
export function notificationServices(newId: NewWireId): Services {
  const muted = new Map<string, readonly string[]>();
  return {
    notifications: {
      list: async () => [],
      isThere: async () => false,
      countUnread: async () => 0,
      markRead: async () => 0,
      mutedKinds: async (userId) => muted.get(userId) ?? [],
      setMutedKinds: async (userId, kinds) => void muted.set(userId, kinds),
    },
    notificationWatch: { subscribe: () => () => undefined },
    webhooks: createWebhookService({
      store: memoryWebhooks(),
      vault: { seal: (text) => text, open: (sealed) => sealed },
      newId,
      randomBytes: (size) => Buffer.alloc(size, 7),
      now: () => TEST_NOW,
      operatorId: TEST_TENANT.organizationId,
    }),
  };
}

function memoryWebhooks(): WebhookStore {
  const webhooks = new Map<string, Webhook>();
  const deliveries = new Map<string, Delivery>();
  const fits = (row: Webhook | undefined, ifRevision: number | undefined): row is Webhook =>
    row !== undefined && (ifRevision === undefined || ifRevision === row.revision);
  return {
    insert: async (webhook) => void webhooks.set(webhook.id, webhook),
    list: async () => [...webhooks.values()],
    get: async (_scope, id) => webhooks.get(id),
    update: async (_scope, id, change, ifRevision) => {
      const row = webhooks.get(id);
      if (!fits(row, ifRevision)) return false;
      webhooks.set(id, { ...row, ...change, revision: row.revision + 1 });
      return true;
    },
    remove: async (_scope, id, ifRevision) => fits(webhooks.get(id), ifRevision) && webhooks.delete(id),
    addDelivery: async (delivery) => void deliveries.set(delivery.id, delivery),
    deliveries: async () => [...deliveries.values()].toReversed(),
    sendAgain: async (_scope, { id }) => deliveries.get(id),
    claim: async () => [],
    settle: async () => undefined,
    noteHealth: async () => undefined,
  };
}
