import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import type { CustomerGroupService } from '../../metering/price-rule-service.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import { customerGroupSchema, groupMemberParams, groupParams, groupSchema, toCustomerGroup } from './rule-schema.ts';

const TAGS = ['prices'];
const GROUPS = `${CONTROL_PREFIX}/installation/customer-groups`;
const ONE = `${GROUPS}/:customer_group_id`;
const MEMBER = `${ONE}/organizations/:organization_id`;

/** `/installation/customer-groups`: organizations that pay alike. */
export const customerGroupRoutes: ControlRoutes = (app, services) => {
  manage(app, services);
  assign(app, services);
};

const manage: ControlRoutes = (app, { customerGroups }) => {
  app.get(
    GROUPS,
    route('installation.read', {
      operationId: 'listCustomerGroups',
      summary: 'Lists the groups of organizations that pay alike.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(customerGroupSchema) },
    }),
    async (request) => {
      const [groups, members] = await Promise.all([customerGroups.list(), customerGroups.members()]);
      const page = cutPage(groups, ({ id }) => id, request.query);
      return { data: page.rows.map((group) => toCustomerGroup(group, members)), next_cursor: page.nextCursor };
    },
  );
  app.post(
    GROUPS,
    route('installation.write', {
      operationId: 'createCustomerGroup',
      summary: 'Makes a group, for which rules of its own may be set.',
      tags: TAGS,
      body: groupSchema,
      response: { 201: customerGroupSchema },
    }),
    async (request, reply) => {
      const after = toCustomerGroup(await customerGroups.add(request.body.name), []);
      noteChange(request, { targetKind: 'customer_group', targetId: after.id, after });
      return reply.code(201).send(after);
    },
  );
  app.patch(
    ONE,
    route('installation.write', {
      operationId: 'updateCustomerGroup',
      summary: 'Gives a group another name.',
      tags: TAGS,
      params: groupParams,
      body: groupSchema,
      response: { 200: customerGroupSchema },
    }),
    async (request) => {
      const { customer_group_id: id } = request.params;
      return await changing(request, { customerGroups, id }, () => customerGroups.rename(id, request.body.name));
    },
  );
  app.delete(
    ONE,
    route('installation.write', {
      operationId: 'deleteCustomerGroup',
      summary: 'Removes a group that no organization is in. Its rules stay to be read.',
      tags: TAGS,
      params: groupParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { customer_group_id: id } = request.params;
      const before = await shownOf(customerGroups, id);
      await customerGroups.remove(id);
      noteChange(request, { targetKind: 'customer_group', targetId: id, before });
      return deleted(id);
    },
  );
};

const assign: ControlRoutes = (app, { customerGroups }) => {
  app.put(
    MEMBER,
    route('installation.write', {
      operationId: 'addToCustomerGroup',
      summary: 'Puts an organization into a group, and out of any other.',
      tags: TAGS,
      params: groupMemberParams,
      response: { 200: customerGroupSchema },
    }),
    async (request) => {
      const { customer_group_id: id, organization_id } = request.params;
      return await changing(request, { customerGroups, id }, () => customerGroups.assign(organization_id, id));
    },
  );
  app.delete(
    MEMBER,
    route('installation.write', {
      operationId: 'removeFromCustomerGroup',
      summary: 'Puts an organization out of its group.',
      tags: TAGS,
      params: groupMemberParams,
      response: { 200: customerGroupSchema },
    }),
    async (request) => {
      const { customer_group_id: id, organization_id } = request.params;
      return await changing(request, { customerGroups, id }, (before) => {
        if (!before.organization_ids.includes(organization_id)) throw new GatewayError('resource.not_found');
        return customerGroups.assign(organization_id, undefined);
      });
    },
  );
};

type Shown = z.output<typeof customerGroupSchema>;
type Named = { readonly customerGroups: CustomerGroupService; readonly id: string };

/** Changes a group, and notes how it was before and is after that. */
async function changing(
  request: FastifyRequest,
  { customerGroups, id }: Named,
  change: (before: Shown) => Promise<void>,
): Promise<Shown> {
  const before = await shownOf(customerGroups, id);
  await change(before);
  const after = await shownOf(customerGroups, id);
  noteChange(request, { targetKind: 'customer_group', targetId: id, before, after });
  return after;
}

/** @throws GatewayError `resource.not_found` */
async function shownOf({ get, members }: CustomerGroupService, id: string): Promise<Shown> {
  const group = await get(id);
  if (group === undefined) throw new GatewayError('resource.not_found');
  return toCustomerGroup(group, await members());
}
