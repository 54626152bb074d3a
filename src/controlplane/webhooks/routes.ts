import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema, readPage } from '../paging.ts';
import {
  deliveryParams,
  deliverySchema,
  madeWebhookSchema,
  newWebhookSchema,
  toDelivery,
  toWebhook,
  webhookChangeSchema,
  webhookParams,
  webhookSchema,
} from './schema.ts';

const TAGS = ['webhooks'];
const LIST = `${CONTROL_PREFIX}/webhooks`;
const ONE = `${LIST}/:webhook_id`;
const KIND = 'webhook';

/** `/webhooks`: addresses that are told of notifications. */
export const webhookRoutes: ControlRoutes = (app, services) => {
  readWebhooks(app, services);
  makeWebhooks(app, services);
  changeWebhooks(app, services);
  deliveriesOfWebhooks(app, services);
};

const readWebhooks: ControlRoutes = (app, { webhooks, now }) => {
  app.get(
    LIST,
    route('webhooks.read', {
      operationId: 'listWebhooks',
      summary: 'Lists the webhooks, oldest first.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(webhookSchema) },
    }),
    async (request) => {
      const page = cutPage(await webhooks.list(tenantOf(request)), ({ id }) => id, request.query);
      return { data: page.rows.map((row) => toWebhook(row, now())), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('webhooks.read', {
      operationId: 'getWebhook',
      summary: 'Shows one webhook.',
      tags: TAGS,
      params: webhookParams,
      response: { 200: webhookSchema },
    }),
    async (request) => toWebhook(await webhooks.get(tenantOf(request), request.params.webhook_id), now()),
  );
};

const makeWebhooks: ControlRoutes = (app, { webhooks, now }) => {
  app.post(
    LIST,
    route('webhooks.write', {
      operationId: 'createWebhook',
      summary: 'Makes a webhook and shows its signing secret, this once. Its address never changes.',
      tags: TAGS,
      body: newWebhookSchema,
      response: { 201: madeWebhookSchema },
    }),
    async (request, reply) => {
      const made = await webhooks.create(tenantOf(request), request.body);
      const webhook = toWebhook(made.webhook, now());
      noteChange(request, { targetKind: KIND, targetId: webhook.id, after: webhook });
      return reply.code(201).send({ webhook, secret: made.secret });
    },
  );
  app.post(
    `${ONE}/rotate`,
    revisedRoute('webhooks.write', {
      operationId: 'rotateWebhook',
      summary: 'Makes a new signing secret and shows it, this once; the one before signs beside it for 24 hours.',
      tags: TAGS,
      params: webhookParams,
      response: { 200: madeWebhookSchema },
    }),
    async (request) => {
      const id = request.params.webhook_id;
      const before = toWebhook(await webhooks.get(tenantOf(request), id), now());
      const rotated = await webhooks.rotate(tenantOf(request), id, ifRevisionOf(request));
      const webhook = toWebhook(rotated.webhook, now());
      noteChange(request, { targetKind: KIND, targetId: id, before, after: webhook });
      return { webhook, secret: rotated.secret };
    },
  );
};

const changeWebhooks: ControlRoutes = (app, { webhooks, now }) => {
  app.patch(
    ONE,
    revisedRoute('webhooks.write', {
      operationId: 'updateWebhook',
      summary: 'Changes of what a webhook is told, or switches it on or off.',
      tags: TAGS,
      params: webhookParams,
      body: webhookChangeSchema,
      response: { 200: webhookSchema },
    }),
    async (request) => {
      const id = request.params.webhook_id;
      const before = toWebhook(await webhooks.get(tenantOf(request), id), now());
      const at = { id, ifRevision: ifRevisionOf(request) };
      const after = toWebhook(await webhooks.update(tenantOf(request), at, request.body), now());
      noteChange(request, { targetKind: KIND, targetId: id, before, after });
      return after;
    },
  );
  app.delete(
    ONE,
    revisedRoute('webhooks.write', {
      operationId: 'deleteWebhook',
      summary: 'Removes a webhook with its deliveries.',
      tags: TAGS,
      params: webhookParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const id = request.params.webhook_id;
      const before = toWebhook(await webhooks.get(tenantOf(request), id), now());
      await webhooks.remove(tenantOf(request), id, ifRevisionOf(request));
      noteChange(request, { targetKind: KIND, targetId: id, before });
      return deleted(id);
    },
  );
};

const deliveriesOfWebhooks: ControlRoutes = (app, { webhooks }) => {
  app.post(
    `${ONE}/test`,
    route('webhooks.write', {
      operationId: 'testWebhook',
      summary: 'Has a message of the kind `webhook.test` sent; what comes of it shows in the deliveries.',
      tags: TAGS,
      params: webhookParams,
      response: { 202: deliverySchema },
    }),
    async (request, reply) => {
      const delivery = toDelivery(await webhooks.test(tenantOf(request), request.params.webhook_id));
      noteChange(request, { targetKind: KIND, targetId: request.params.webhook_id });
      return reply.code(202).send(delivery);
    },
  );
  app.get(
    `${ONE}/deliveries`,
    route('webhooks.read', {
      operationId: 'listWebhookDeliveries',
      summary: 'Lists what was sent and what came of it, newest first. It is kept for 90 days.',
      tags: TAGS,
      params: webhookParams,
      querystring: pageQuerySchema,
      response: { 200: pageOf(deliverySchema) },
    }),
    async (request) => {
      const page = await readPage(request.query, ({ limit, afterId }) =>
        webhooks.deliveries(tenantOf(request), request.params.webhook_id, { limit, beforeId: afterId }),
      );
      return { data: page.rows.map(toDelivery), next_cursor: page.nextCursor };
    },
  );
  app.post(
    `${ONE}/deliveries/:delivery_id/redeliver`,
    route('webhooks.write', {
      operationId: 'redeliverWebhook',
      summary: 'Has a delivery that has ended sent again, with the same id.',
      tags: TAGS,
      params: deliveryParams,
      response: { 202: deliverySchema },
    }),
    async (request, reply) => {
      const { webhook_id: webhookId, delivery_id: id } = request.params;
      const delivery = toDelivery(await webhooks.sendAgain(tenantOf(request), webhookId, id));
      noteChange(request, { targetKind: KIND, targetId: webhookId });
      return reply.code(202).send(delivery);
    },
  );
};
