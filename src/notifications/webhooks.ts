import { z } from 'zod';
import { GatewayError } from '../kernel/errors.ts';
import type { NewWireId } from '../kernel/ids.ts';
import { parseJson } from '../kernel/json.ts';
import type { Delivery, Webhook } from '../protocol/notifications.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import { CUSTOMER_USAGE } from './catalogue.ts';
import { messageBody, SECRET_BYTES, writeSecret } from './message.ts';
import type { WebhookBinding, WebhookStore, WebhookVault } from './ports.ts';

/** The most webhooks of one organization. */
const WEBHOOKS_MAX = 20;
/** How long the secret before a rotation signs beside its successor. */
const OVERLAP_MS = 24 * 60 * 60_000;

const secretsSchema = z.strictObject({ current: z.string(), previous: z.string().optional() });

export type WebhookWithSecret = { readonly webhook: Webhook; readonly secret: string };

/** An organization's webhooks. Everything throws `resource.not_found`, and `resource.changed` for another revision. */
export type WebhookService = {
  readonly list: WebhookStore['list'];
  readonly get: (scope: OrganizationScope, id: string) => Promise<Webhook>;
  readonly create: (
    scope: OrganizationScope,
    input: { readonly url: string; readonly kinds: readonly string[] },
  ) => Promise<WebhookWithSecret>;
  readonly update: (
    scope: OrganizationScope,
    at: { readonly id: string; readonly ifRevision: number | undefined },
    change: { readonly kinds?: readonly string[] | undefined; readonly enabled?: boolean | undefined },
  ) => Promise<Webhook>;
  readonly rotate: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<WebhookWithSecret>;
  readonly remove: (scope: OrganizationScope, id: string, ifRevision?: number) => Promise<void>;
  /** Has a message that says nothing but that it came sent. */
  readonly test: (scope: OrganizationScope, id: string) => Promise<Delivery>;
  readonly deliveries: WebhookStore['deliveries'];
  readonly sendAgain: (scope: OrganizationScope, webhookId: string, id: string) => Promise<Delivery>;
};

export type WebhookServiceInput = {
  readonly store: WebhookStore;
  readonly vault: WebhookVault;
  readonly newId: NewWireId;
  readonly randomBytes: (size: number) => Buffer;
  readonly now: () => number;
  /** Whose webhooks may be told what customers use. */
  readonly operatorId: string;
};

export function createWebhookService(input: WebhookServiceInput): WebhookService {
  const { store, vault, newId, randomBytes, now } = input;
  const assertKinds = assertKindsFor(input.operatorId);
  const get: WebhookService['get'] = async (scope, id) => found(await store.get(scope, id));
  return {
    list: store.list,
    get,
    create: async ({ organizationId }, { url, kinds }) => {
      assertAddress(url);
      assertKinds(organizationId, kinds);
      const secret = writeSecret(randomBytes(SECRET_BYTES));
      const place = { id: newId('wh'), organizationId, url };
      const webhook: Webhook = {
        ...place,
        kinds,
        enabled: true,
        sealed: await vault.seal(JSON.stringify({ current: secret }), bindingOf(place)),
        previousUntil: undefined,
        failingSince: undefined,
        createdAt: now(),
        revision: 1,
      };
      await store.insert(webhook, WEBHOOKS_MAX);
      return { webhook, secret };
    },
    update: async (scope, { id, ifRevision }, { kinds, enabled }) => {
      const { organizationId } = await get(scope, id);
      assertKinds(organizationId, kinds ?? []);
      const change = {
        ...(kinds === undefined ? {} : { kinds }),
        // Whoever switches it on again has seen to the receiver, as far as anybody knows.
        ...(enabled === undefined ? {} : { enabled, failingSince: undefined }),
      };
      if (!(await store.update(scope, id, change, ifRevision))) throw new GatewayError('resource.changed');
      return await get(scope, id);
    },
    rotate: async (scope, id, ifRevision) => {
      const before = await get(scope, id);
      const { current } = await openSecrets(vault, before);
      const secret = writeSecret(randomBytes(SECRET_BYTES));
      const sealed = await vault.seal(JSON.stringify({ current: secret, previous: current }), bindingOf(before));
      const change = { sealed, previousUntil: now() + OVERLAP_MS };
      if (!(await store.update(scope, id, change, ifRevision ?? before.revision))) {
        throw new GatewayError('resource.changed');
      }
      return { webhook: await get(scope, id), secret };
    },
    remove: async (scope, id, ifRevision) => {
      await get(scope, id);
      if (!(await store.remove(scope, id, ifRevision))) throw new GatewayError('resource.changed');
    },
    test: async (scope, id) => {
      const { organizationId } = await get(scope, id);
      const kind = 'webhook.test';
      const at = now();
      const delivery: Delivery = {
        id: newId('whd'),
        organizationId,
        webhookId: id,
        messageId: newId('ntf'),
        kind,
        body: messageBody({ kind, organizationId, raisedAt: at, data: { webhook_id: id } }),
        state: 'waiting',
        attempts: 0,
        nextAttemptAt: at,
        status: undefined,
        error: undefined,
        createdAt: at,
        endedAt: undefined,
      };
      await store.addDelivery(delivery);
      return delivery;
    },
    deliveries: async (scope, id, page) => {
      await get(scope, id);
      return await store.deliveries(scope, id, page);
    },
    sendAgain: async (scope, webhookId, id) => found(await store.sendAgain(scope, { webhookId, id, now: now() })),
  };
}

/** The secrets that sign at this time, the newest first. @throws GatewayError `vault.undecryptable` */
export async function signingSecrets(vault: WebhookVault, webhook: Webhook, now: number): Promise<readonly string[]> {
  const { current, previous } = await openSecrets(vault, webhook);
  const isOver = webhook.previousUntil === undefined || webhook.previousUntil <= now;
  return previous === undefined || isOver ? [current] : [current, previous];
}

async function openSecrets(vault: WebhookVault, webhook: Webhook): Promise<z.output<typeof secretsSchema>> {
  return secretsSchema.parse(parseJson(await vault.open(webhook.sealed, bindingOf(webhook))));
}

function bindingOf({ id, organizationId, url }: Pick<Webhook, 'id' | 'organizationId' | 'url'>): WebhookBinding {
  return { organizationId, table: 'webhooks', rowId: id, field: 'secret', baseUrl: url };
}

/** A password in an address would stand in lists and in the audit log. @throws request.invalid */
function assertAddress(url: string): void {
  const { username, password } = new URL(url);
  if (username === '' && password === '') return;
  throw new GatewayError('request.invalid', { param: 'url', message: 'The address holds a user name or a password.' });
}

/** @throws request.invalid for what customers use, where the organization is not the operator's */
function assertKindsFor(operatorId: string) {
  return (organizationId: string, kinds: readonly string[]): void => {
    if (organizationId === operatorId || !kinds.includes(CUSTOMER_USAGE)) return;
    throw new GatewayError('request.invalid', {
      param: 'kinds',
      message: `Only webhooks of the operator’s own organization are told of ${CUSTOMER_USAGE}.`,
    });
  };
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new GatewayError('resource.not_found');
  return value;
}
