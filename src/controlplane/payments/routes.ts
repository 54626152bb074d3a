import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { PAYMENT_METHODS } from '../../protocol/payments.ts';
import { actorIdOf } from '../actor-id.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import { paymentKitRoutes } from './payment-kit-routes.ts';
import {
  anyPurchaseSchema,
  begunPurchaseSchema,
  eventTextSchema,
  methodParams,
  newPurchaseSchema,
  offeredSaleSchema,
  paymentAccountChangeSchema,
  paymentAccountSchema,
  paymentEventSchema,
  purchaseParams,
  purchaseSchema,
  purchasesQuery,
  receivedSchema,
  saleChangeSchema,
  saleSchema,
  toAccount,
  toAnyPurchase,
  toEvent,
  toMethod,
  toPurchase,
  toSale,
  toSaleView,
} from './schema.ts';
import { topUpRoutes } from './top-up-routes.ts';

const TAGS = ['payments'];
const CREDIT = `${CONTROL_PREFIX}/credit`;
const INSTALLATION = `${CONTROL_PREFIX}/installation/payments`;

/** `/credit/purchases`: credit that an organization buys; under `/installation/payments`, how the operator sells it. */
export const paymentRoutes: ControlRoutes = (app, services) => {
  buying(app, services);
  topUpRoutes(app, services);
  messages(app, services);
  selling(app, services);
  accounts(app, services);
  paymentKitRoutes(app, services);
  oversight(app, services);
};

const buying: ControlRoutes = (app, { payments }) => {
  app.get(
    `${CREDIT}/sale`,
    route('credit.read', {
      operationId: 'getCreditSale',
      summary: 'Shows what credits cost, and by which services they are paid.',
      tags: TAGS,
      response: { 200: offeredSaleSchema },
    }),
    async (request) => {
      const ready = await payments.accounts.ready();
      const methods = ready.map(({ method, mode }) => ({ method, mode }));
      const mode = await payments.kit.offered(tenantOf(request));
      return {
        ...toSaleView(await payments.sale()),
        methods,
        ...(mode === undefined ? {} : { payment_kit: { mode } }),
      };
    },
  );
  app.post(
    `${CREDIT}/purchases`,
    route('credit.buy', {
      operationId: 'buyCredit',
      summary: 'Begins a purchase of credits, and says where it is paid.',
      tags: TAGS,
      body: newPurchaseSchema,
      response: { 201: begunPurchaseSchema },
    }),
    async (request, reply) => {
      const { method, currency, pack_id: packId, amount, locale } = request.body;
      const tenant = tenantOf(request);
      const { purchase, url } = await payments.buy(tenant, {
        method,
        currency,
        packId,
        amount,
        locale,
        email: undefined,
        buyerId: actorIdOf(request),
        returnUrl: (id, how) => payments.returnUrl(tenant.organizationId, id, how),
      });
      const shown = toPurchase(purchase);
      noteChange(request, { targetKind: 'purchase', targetId: shown.id, after: shown });
      return reply.code(201).send({ purchase: shown, checkout_url: url });
    },
  );
  app.get(
    `${CREDIT}/purchases`,
    route('credit.read', {
      operationId: 'listPurchases',
      summary: 'Lists the credits that the organization bought, newest first.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(purchaseSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) => payments.read.list(tenantOf(request), page));
      return { data: rows.map(toPurchase), next_cursor: nextCursor };
    },
  );
  app.get(
    `${CREDIT}/purchases/:purchase_id`,
    route('credit.read', {
      operationId: 'getPurchase',
      summary: 'Shows one purchase.',
      tags: TAGS,
      params: purchaseParams,
      response: { 200: purchaseSchema },
    }),
    async (request) => {
      const found = await payments.read.get(tenantOf(request), request.params.purchase_id);
      if (found === undefined) throw new GatewayError('resource.not_found');
      return toPurchase(found);
    },
  );
};

const messages: ControlRoutes = (app, { payments }) => {
  app.post(
    `${CONTROL_PREFIX}/payments/stripe/events`,
    route(
      'public',
      {
        operationId: 'receiveStripeEvent',
        summary: 'Takes a message of Stripe’s, which has to bear its signature. It is acted on once.',
        tags: TAGS,
        body: eventTextSchema,
        response: { 200: receivedSchema },
      },
      { audit: 'never', takesText: true },
    ),
    async (request) => {
      const signature = request.headers['stripe-signature'];
      const message = { body: request.body, signature: typeof signature === 'string' ? signature : undefined };
      await payments.receive('stripe', message);
      return { received: true } as const;
    },
  );
};

const selling: ControlRoutes = (app, { payments }) => {
  app.get(
    `${INSTALLATION}/sale`,
    route('installation.read', {
      operationId: 'getSale',
      summary: 'Shows how credits are sold.',
      tags: TAGS,
      response: { 200: saleSchema },
    }),
    async () => toSaleView(await payments.sale()),
  );
  app.put(
    `${INSTALLATION}/sale`,
    route('installation_credit.write', {
      operationId: 'setSale',
      summary: 'Says how credits are sold from now on. What was begun before is paid as it was.',
      tags: TAGS,
      body: saleChangeSchema,
      response: { 200: saleSchema },
    }),
    async (request) => {
      const before = toSaleView(await payments.sale());
      const sale = toSale(request.body);
      await payments.setSale(sale);
      const after = toSaleView(sale);
      noteChange(request, { targetKind: 'installation', targetId: 'sale', before, after });
      return after;
    },
  );
};

const accounts: ControlRoutes = (app, { payments }) => {
  const shownOf = async (method: (typeof PAYMENT_METHODS)[number]) =>
    toAccount(method, await payments.accounts.get(method), payments.eventsAddress(method));
  app.get(
    `${INSTALLATION}/methods`,
    route('installation.read', {
      operationId: 'listPaymentMethods',
      summary: 'Lists the services that may take payments, and how the hub is known to each.',
      tags: TAGS,
      response: { 200: z.strictObject({ data: z.array(paymentAccountSchema) }) },
    }),
    async () => ({ data: await Promise.all(PAYMENT_METHODS.map(shownOf)) }),
  );
  app.put(
    `${INSTALLATION}/methods/:method`,
    revisedRoute('installation.write', {
      operationId: 'setPaymentMethod',
      summary: 'Makes the hub known to a service that takes payments. Secrets that are not sent stay as they are.',
      tags: TAGS,
      params: methodParams,
      body: paymentAccountChangeSchema,
      response: { 200: paymentAccountSchema },
    }),
    async (request) => {
      const method = toMethod(request.params.method);
      const { secret_key: secretKey, webhook_secret: webhookSecret, enabled } = request.body;
      const before = await shownOf(method);
      await payments.accounts.set(method, { secretKey, webhookSecret, enabled }, ifRevisionOf(request));
      const after = await shownOf(method);
      noteChange(request, { targetKind: 'payment_method', targetId: method, before, after });
      return after;
    },
  );
  app.delete(
    `${INSTALLATION}/methods/:method`,
    route('installation.write', {
      operationId: 'removePaymentMethod',
      summary: 'Forgets how the hub is known to a service. What was bought by it stays.',
      tags: TAGS,
      params: methodParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const method = toMethod(request.params.method);
      const before = await shownOf(method);
      await payments.accounts.remove(method);
      noteChange(request, { targetKind: 'payment_method', targetId: method, before });
      return deleted(method);
    },
  );
};

const oversight: ControlRoutes = (app, { payments }) => {
  app.get(
    `${INSTALLATION}/purchases`,
    route('installation.read', {
      operationId: 'listAllPurchases',
      summary: 'Lists the credits that organizations bought, newest first.',
      tags: TAGS,
      querystring: purchasesQuery,
      response: { 200: pageOf(anyPurchaseSchema) },
    }),
    async (request) => {
      const { state, organization_id: organizationId } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        payments.read.listAll({ state, organizationId }, page),
      );
      return { data: rows.map(toAnyPurchase), next_cursor: nextCursor };
    },
  );
  app.post(
    `${INSTALLATION}/purchases/:purchase_id/check`,
    route('installation_credit.write', {
      operationId: 'checkPurchase',
      summary: 'Asks the service how a purchase stands, and does what follows.',
      tags: TAGS,
      params: purchaseParams,
      response: { 200: purchaseSchema },
    }),
    async (request) => {
      const shown = toPurchase(await payments.check(request.params.purchase_id));
      noteChange(request, { targetKind: 'purchase', targetId: shown.id, after: shown });
      return shown;
    },
  );
  app.get(
    `${INSTALLATION}/events`,
    route('installation.read', {
      operationId: 'listPaymentEvents',
      summary: 'Lists the messages of services that were acted on, newest first.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(paymentEventSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, payments.events);
      return { data: rows.map(toEvent), next_cursor: nextCursor };
    },
  );
};
