import { customerIdOf } from '../../identity/customers.ts';
import type { Organization, Project } from '../../protocol/people.ts';
import { actorIdOf } from '../actor-id.ts';
import { toCreditGrant } from '../credit/schema.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { toKey } from '../keys/schema.ts';
import { pageOf, readPage } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import { grantListRoutes } from './list-routes.ts';
import {
  customerParams,
  customerSchema,
  customersQuery,
  grantByReferenceSchema,
  madeCustomerSchema,
  newCustomerGrantSchema,
  newCustomerSchema,
  toCustomer,
  toWantedCustomer,
  toWantedGrant,
} from './schema.ts';

const TAGS = ['customers'];
const LIST = `${CONTROL_PREFIX}/installation/customers`;
const ONE = `${LIST}/:customer_id`;

/** `/installation/customers`: organizations of a platform elsewhere, which sells them credit and knows them by its own ids. */
export const customerRoutes: ControlRoutes = (app, services) => {
  readCustomers(app, services);
  makeCustomer(app, services);
  giveByReference(app, services);
  grantListRoutes(app, services);
};

const readCustomers: ControlRoutes = (app, services) => {
  const { customers } = services;
  app.get(
    LIST,
    route('organizations.read', {
      operationId: 'listCustomers',
      summary: 'Lists the customers that a platform knows by ids of its own, with what they have.',
      tags: TAGS,
      querystring: customersQuery,
      response: { 200: pageOf(customerSchema) },
    }),
    async (request) => {
      const { search } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) => customers.list({ ...page, search }));
      const shown = rows.map(async (row) => show(services, await customers.get(customerIdOf(row))));
      return { data: await Promise.all(shown), next_cursor: nextCursor };
    },
  );
  app.get(
    ONE,
    route('organizations.read', {
      operationId: 'getCustomer',
      summary: 'Shows a customer and what it has, by the platform’s id or the organization’s.',
      tags: TAGS,
      params: customerParams,
      response: { 200: customerSchema },
    }),
    async (request) => show(services, await customers.get(request.params.customer_id)),
  );
};

const makeCustomer: ControlRoutes = (app, services) => {
  const { customers, now } = services;
  app.post(
    LIST,
    route('installation_credit.write', {
      operationId: 'createCustomer',
      summary: 'Makes a customer with its first project, a key and credit, or finds the one of that external id.',
      tags: TAGS,
      body: newCustomerSchema,
      response: { 200: madeCustomerSchema, 201: madeCustomerSchema },
    }),
    async (request, reply) => {
      const wanted = toWantedCustomer(request.body, actorIdOf(request));
      const { isNew, key, secret, grant, ...made } = await customers.create(wanted);
      const customer = await show(services, made);
      noteChange(request, { targetKind: 'organization', targetId: customer.organization_id, after: customer });
      return reply.code(isNew ? 201 : 200).send({
        customer,
        created: isNew,
        key: key && toKey(key, now()),
        secret,
        grant: grant && { ...toCreditGrant(grant), reference: request.body.credit?.reference ?? '' },
      });
    },
  );
};

const giveByReference: ControlRoutes = (app, { customers }) => {
  app.post(
    `${ONE}/grants`,
    route('installation_credit.write', {
      operationId: 'giveCustomerCredit',
      summary: 'Gives a customer credit, once by each reference: whoever sends it again finds the first grant.',
      tags: TAGS,
      params: customerParams,
      body: newCustomerGrantSchema,
      response: { 200: grantByReferenceSchema, 201: grantByReferenceSchema },
    }),
    async (request, reply) => {
      const { id: organizationId } = await customers.find(request.params.customer_id);
      const wanted = toWantedGrant(request.body, { organizationId, actorId: actorIdOf(request) });
      const { grant, isNew } = await customers.give(wanted);
      const shown = { ...toCreditGrant(grant), reference: request.body.reference };
      noteChange(request, { targetKind: 'grant', targetId: shown.id, after: shown });
      return reply.code(isNew ? 201 : 200).send(shown);
    },
  );
};

async function show(
  { credit }: Pick<ControlServices, 'credit'>,
  { organization, project }: { readonly organization: Organization; readonly project: Project },
) {
  const scope = { organizationId: organization.id };
  const accountId = `organization/${organization.id}` as const;
  const [account] = await credit.read.accounts(scope, { accountId }, { limit: 1, afterId: undefined });
  return toCustomer({ organization, project, account, purchaseLink: credit.purchaseLinkOf(organization.id) });
}
