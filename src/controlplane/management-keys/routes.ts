import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { ManagementKey } from '../../protocol/people.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema, rotationSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route } from '../http.ts';
import { endPage, pageOf, pageQuerySchema } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  madeManagementKeySchema,
  managementKeyChangeSchema,
  managementKeyParams,
  managementKeySchema,
  newManagementKeySchema,
  toManagementKey,
  toManagementKeyChange,
  toNewManagementKey,
} from './schema.ts';

const TAGS = ['management keys'];
const LIST = `${CONTROL_PREFIX}/management-keys`;
const ONE = `${LIST}/:management_key_id`;

/** `/management-keys`: keys for programs that call this API. */
export const managementKeyRoutes: ControlRoutes = (app, services) => {
  readManagementKey(app, services);
  makeManagementKey(app, services);
  changeManagementKey(app, services);
  endManagementKey(app, services);
};

const readManagementKey: ControlRoutes = (app, services) => {
  const { managementKeys, now } = services;
  app.get(
    LIST,
    route('management_keys.read', {
      operationId: 'listManagementKeys',
      summary:
        'Lists the management keys that the caller may see, oldest first: their own, or all of the organization.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(managementKeySchema) },
    }),
    async (request) => {
      const { limit, cursor } = request.query;
      const page = endPage(await managementKeys.list(accessOf(request), { limit: limit + 1, cursor }), limit);
      return { data: page.rows.map((row) => toManagementKey(row, now())), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('management_keys.read', {
      operationId: 'getManagementKey',
      summary: 'Shows one management key.',
      tags: TAGS,
      params: managementKeyParams,
      response: { 200: managementKeySchema },
    }),
    async (request) => toManagementKey(await existing(services, request, request.params.management_key_id), now()),
  );
};

const makeManagementKey: ControlRoutes = (app, services) => {
  const { managementKeys, now } = services;
  app.post(
    LIST,
    route('management_keys.write', {
      operationId: 'createManagementKey',
      summary: 'Makes a management key and shows its secret, this once.',
      tags: TAGS,
      body: newManagementKeySchema,
      response: { 201: madeManagementKeySchema },
    }),
    async (request, reply) => {
      const created = await managementKeys.create(accessOf(request), toNewManagementKey(request.body));
      const key = toManagementKey(created.key, now());
      noteChange(request, { targetKind: 'management_key', targetId: key.id, after: key });
      return reply.code(201).send({ management_key: key, secret: created.secret });
    },
  );
  app.post(
    `${ONE}/rotate`,
    revisedRoute('management_keys.write', {
      operationId: 'rotateManagementKey',
      summary: 'Gives a key a new secret and shows it, this once; the one before counts until the overlap ends.',
      tags: TAGS,
      params: managementKeyParams,
      body: rotationSchema,
      response: { 200: madeManagementKeySchema },
    }),
    async (request) => {
      const id = request.params.management_key_id;
      const before = toManagementKey(await existing(services, request, id), now());
      const overlapMs = request.body.overlap_seconds * 1000;
      const rotated = await managementKeys.rotate(accessOf(request), id, overlapMs, ifRevisionOf(request));
      const key = toManagementKey(rotated.key, now());
      noteChange(request, { targetKind: 'management_key', targetId: id, before, after: key });
      return { management_key: key, secret: rotated.secret };
    },
  );
};

const changeManagementKey: ControlRoutes = (app, services) => {
  const { managementKeys, now } = services;
  app.patch(
    ONE,
    revisedRoute('management_keys.write', {
      operationId: 'updateManagementKey',
      summary: 'Changes the fields that are sent; scopes are narrowed, or widened to what the caller has.',
      tags: TAGS,
      params: managementKeyParams,
      body: managementKeyChangeSchema,
      response: { 200: managementKeySchema },
    }),
    async (request) => {
      const id = request.params.management_key_id;
      const before = toManagementKey(await existing(services, request, id), now());
      const change = toManagementKeyChange(request.body);
      const after = toManagementKey(
        await managementKeys.update(accessOf(request), id, change, ifRevisionOf(request)),
        now(),
      );
      noteChange(request, { targetKind: 'management_key', targetId: id, before, after });
      return after;
    },
  );
};

const endManagementKey: ControlRoutes = (app, services) => {
  const { managementKeys, now } = services;
  app.post(
    `${ONE}/revoke`,
    revisedRoute('management_keys.write', {
      operationId: 'revokeManagementKey',
      summary: 'Revokes a key for good; it stays in the list.',
      tags: TAGS,
      params: managementKeyParams,
      response: { 200: managementKeySchema },
    }),
    async (request) => {
      const id = request.params.management_key_id;
      const before = toManagementKey(await existing(services, request, id), now());
      const after = toManagementKey(await managementKeys.revoke(accessOf(request), id, ifRevisionOf(request)), now());
      noteChange(request, { targetKind: 'management_key', targetId: id, before, after });
      return after;
    },
  );
  app.delete(
    ONE,
    revisedRoute('management_keys.write', {
      operationId: 'deleteManagementKey',
      summary: 'Removes a key from the list; calls with it are refused.',
      tags: TAGS,
      params: managementKeyParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const id = request.params.management_key_id;
      const before = toManagementKey(await existing(services, request, id), now());
      await managementKeys.remove(accessOf(request), id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'management_key', targetId: id, before });
      return deleted(id);
    },
  );
};

async function existing(
  { managementKeys }: ControlServices,
  request: FastifyRequest,
  id: string,
): Promise<ManagementKey> {
  const row = await managementKeys.get(accessOf(request), id);
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}
