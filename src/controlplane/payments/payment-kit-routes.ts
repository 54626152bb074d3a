import type { FastifyRequest } from 'fastify';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import {
  kitAccountChangeSchema,
  kitAccountSchema,
  kitCheckoutSchema,
  kitComparisonSchema,
  kitCustomerChangeSchema,
  kitCustomerParams,
  kitCustomerSchema,
  listedKitCustomerSchema,
  toKitAccount,
  toKitComparison,
  toKitCustomer,
} from './payment-kit-schema.ts';
import type { PaymentServices } from './payment-services.ts';
import { eventTextSchema, receivedSchema } from './schema.ts';

const TAGS = ['payments'];
const KIT = `${CONTROL_PREFIX}/installation/payments/payment-kit`;
const CUSTOMER = `${KIT}/customers/:organization_id`;

/** Credit that a Payment Kit sells: how the hub is known to it, who its customers are, and where they buy. */
export const paymentKitRoutes: ControlRoutes = (app, services) => {
  account(app, services);
  customers(app, services);
  buying(app, services);
};

async function shownOf({ kit, kitEventsAddress }: PaymentServices) {
  return toKitAccount(await kit.accounts.get(), kitEventsAddress(), await kit.backlog());
}

const account: ControlRoutes = (app, { payments }) => {
  const { kit } = payments;
  app.get(
    KIT,
    route('installation.read', {
      operationId: 'getPaymentKit',
      summary: 'Shows how the hub is known to a Payment Kit, and what it still has to be told.',
      tags: TAGS,
      response: { 200: kitAccountSchema },
    }),
    async () => shownOf(payments),
  );
  app.put(
    KIT,
    revisedRoute('installation.write', {
      operationId: 'setPaymentKit',
      summary:
        'Makes the hub known to a Payment Kit, which is asked for what it is told. Secrets that are not sent stay.',
      tags: TAGS,
      body: kitAccountChangeSchema,
      response: { 200: kitAccountSchema },
    }),
    async (request) => {
      const { address, mode, meter, enabled, ...body } = request.body;
      const before = await shownOf(payments);
      const change = {
        address,
        mode,
        meter,
        enabled,
        secretKey: body.secret_key,
        accessKey: body.access_key,
        publicKey: body.public_key,
        componentDid: body.component_did,
        paymentLinkId: body.payment_link,
        leads: body.leads,
        checkSeconds: body.check_seconds,
      };
      await kit.accounts.set(change, ifRevisionOf(request));
      const after = await shownOf(payments);
      noteChange(request, { targetKind: 'payment_method', targetId: 'payment_kit', before, after });
      return after;
    },
  );
  app.delete(
    KIT,
    route('installation.write', {
      operationId: 'removePaymentKit',
      summary: 'Forgets how the hub is known to Payment Kit. What was bought stays, and what is to be told waits.',
      tags: TAGS,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const before = await shownOf(payments);
      await kit.accounts.remove();
      noteChange(request, { targetKind: 'payment_method', targetId: 'payment_kit', before });
      return deleted('payment_kit');
    },
  );
  app.post(
    `${KIT}/tell`,
    route('installation_credit.write', {
      operationId: 'tellPaymentKit',
      summary: 'Tells Payment Kit now what was used, whenever it was to be tried again.',
      tags: TAGS,
      response: { 200: kitAccountSchema },
    }),
    async (request) => {
      await kit.tellNow();
      const after = await shownOf(payments);
      noteChange(request, { targetKind: 'payment_method', targetId: 'payment_kit', after });
      return after;
    },
  );
};

const customers: ControlRoutes = (app, { payments: { kit } }) => {
  app.get(
    `${KIT}/customers`,
    route('installation.read', {
      operationId: 'listPaymentKitCustomers',
      summary: 'Lists organizations with whom they are at Payment Kit.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(listedKitCustomerSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, async (page) =>
        (await kit.customers(page)).map((each) => ({ ...each, id: each.organizationId })),
      );
      const data = rows.map((each) => ({ ...toKitCustomer(each), organization_name: each.organizationName }));
      return { data, next_cursor: nextCursor };
    },
  );
  app.put(
    CUSTOMER,
    route('installation_credit.write', {
      operationId: 'linkPaymentKitCustomer',
      summary: 'Says which customer of Payment Kit an organization is. It gets what that customer has bought.',
      tags: TAGS,
      params: kitCustomerParams,
      body: kitCustomerChangeSchema,
      response: { 200: kitCustomerSchema },
    }),
    async (request) => {
      const scope = { organizationId: request.params.organization_id };
      const after = toKitCustomer(await kit.link(scope, request.body.customer));
      noteChange(request, { targetKind: 'organization', targetId: scope.organizationId, after });
      return after;
    },
  );
  app.get(
    CUSTOMER,
    route('installation.read', {
      operationId: 'comparePaymentKitCustomer',
      summary: 'Shows what an organization has of a Payment Kit’s credit here and there.',
      tags: TAGS,
      params: kitCustomerParams,
      response: { 200: kitComparisonSchema },
    }),
    async (request) => toKitComparison(await kit.compare({ organizationId: request.params.organization_id })),
  );
  app.post(
    `${CUSTOMER}/check`,
    route('installation_credit.write', {
      operationId: 'checkPaymentKitCustomer',
      summary: 'Asks Payment Kit what an organization has bought, and does what follows.',
      tags: TAGS,
      params: kitCustomerParams,
      response: { 200: kitComparisonSchema },
    }),
    async (request) => {
      const scope = { organizationId: request.params.organization_id };
      await kit.checkNow(scope);
      const after = toKitComparison(await kit.compare(scope));
      noteChange(request, { targetKind: 'organization', targetId: scope.organizationId, after });
      return after;
    },
  );
};

const buying: ControlRoutes = (app, { payments: { kit } }) => {
  app.post(
    `${CONTROL_PREFIX}/credit/payment-kit-checkout`,
    route('credit.buy', {
      operationId: 'buyAtPaymentKit',
      summary: 'Says where the organization buys credits at Payment Kit, as the customer that it is there.',
      tags: TAGS,
      response: { 200: kitCheckoutSchema },
    }),
    async (request) => {
      const scope = tenantOf(request);
      const { url } = await kit.checkout(scope);
      noteChange(request, { targetKind: 'organization', targetId: scope.organizationId });
      return { checkout_url: url };
    },
  );
  app.post(
    `${CONTROL_PREFIX}/payments/payment-kit/events`,
    route(
      'public',
      {
        operationId: 'receivePaymentKitEvent',
        summary: 'Takes a message of Payment Kit’s, which has to bear its signature. It is acted on once.',
        tags: TAGS,
        body: eventTextSchema,
        response: { 200: receivedSchema },
      },
      { audit: 'never', takesText: true },
    ),
    async (request) => {
      await kit.receive({
        body: request.body,
        signature: headerOf(request, 'x-component-sig'),
        iat: headerOf(request, 'x-component-sig-iat'),
        exp: headerOf(request, 'x-component-sig-exp'),
      });
      return { received: true } as const;
    },
  );
};

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
