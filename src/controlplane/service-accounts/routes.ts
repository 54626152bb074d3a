import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import {
  newServiceAccountSchema,
  serviceAccountChangeSchema,
  serviceAccountParams,
  serviceAccountSchema,
  toServiceAccount,
} from './schema.ts';

const TAGS = ['service-accounts'];
const LIST = `${CONTROL_PREFIX}/service-accounts`;
const ONE = `${LIST}/:service_account_id`;

/** `/service-accounts`: machines in the organization, which hold keys of their own. */
export const serviceAccountRoutes: ControlRoutes = (app, services) => {
  readServiceAccounts(app, services);
  changeServiceAccounts(app, services);
  removeServiceAccount(app, services);
};

const readServiceAccounts: ControlRoutes = (app, { serviceAccounts }) => {
  app.get(
    LIST,
    route('service_accounts.read', {
      operationId: 'listServiceAccounts',
      summary: 'Lists the service accounts.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(serviceAccountSchema) },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      const page = await readPage(request.query, (wanted) => serviceAccounts.list(organizationId, wanted));
      return { data: page.rows.map(toServiceAccount), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('service_accounts.read', {
      operationId: 'getServiceAccount',
      summary: 'Shows one service account.',
      tags: TAGS,
      params: serviceAccountParams,
      response: { 200: serviceAccountSchema },
    }),
    async (request) => {
      const { service_account_id: id } = request.params;
      const account = await serviceAccounts.get(tenantOf(request).organizationId, id);
      if (account === undefined) throw new GatewayError('resource.not_found');
      return toServiceAccount(account);
    },
  );
};

const changeServiceAccounts: ControlRoutes = (app, { serviceAccounts }) => {
  app.post(
    LIST,
    route('service_accounts.write', {
      operationId: 'createServiceAccount',
      summary: 'Makes a service account.',
      tags: TAGS,
      body: newServiceAccountSchema,
      response: { 201: serviceAccountSchema },
    }),
    async (request, reply) => {
      const after = toServiceAccount(await serviceAccounts.create(accessOf(request), request.body));
      noteChange(request, { targetKind: 'service_account', targetId: after.id, after });
      return reply.code(201).send(after);
    },
  );
  app.patch(
    ONE,
    route('service_accounts.write', {
      operationId: 'updateServiceAccount',
      summary: 'Changes the fields that are sent. The keys of a disabled one do not count.',
      tags: TAGS,
      params: serviceAccountParams,
      body: serviceAccountChangeSchema,
      response: { 200: serviceAccountSchema },
    }),
    async (request) => {
      const { service_account_id: id } = request.params;
      const changed = await serviceAccounts.update(accessOf(request), id, request.body, ifRevisionOf(request));
      const after = toServiceAccount(changed.after);
      noteChange(request, {
        targetKind: 'service_account',
        targetId: id,
        before: toServiceAccount(changed.before),
        after,
      });
      return after;
    },
  );
};

const removeServiceAccount: ControlRoutes = (app, { serviceAccounts }) => {
  app.delete(
    ONE,
    route('service_accounts.write', {
      operationId: 'deleteServiceAccount',
      summary: 'Removes a service account and ends its keys.',
      tags: TAGS,
      params: serviceAccountParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { service_account_id: id } = request.params;
      const account = await serviceAccounts.remove(accessOf(request), id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'service_account', targetId: id, before: toServiceAccount(account) });
      return deleted(id);
    },
  );
};
