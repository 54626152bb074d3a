import { GatewayError } from '../../kernel/errors.ts';
import { deleted, deletedSchema, fromTimeOrUndefined } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { cutPage, pageOf, pageQuerySchema } from '../paging.ts';
import { createdKeySchema, keyChangeSchema, keyParams, keySchema, newKeySchema, toKey, toKeyChange } from './schema.ts';

const TAGS = ['keys'];
const LIST = `${CONTROL_PREFIX}/keys`;
const ONE = `${LIST}/:key_id`;

/** `/keys`: the virtual keys that callers hold. */
export const keyRoutes: ControlRoutes = (app, services) => {
  readKey(app, services);
  changeKey(app, services);
  actOnKey(app, services);
};

const readKey: ControlRoutes = (app, { keys, now }) => {
  app.get(
    LIST,
    route('keys.read', {
      operationId: 'listKeys',
      summary: 'Lists the virtual keys.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(keySchema) },
    }),
    async (request) => {
      const page = cutPage(await keys.list(tenantOf(request)), (row) => row.id, request.query);
      return { data: page.rows.map((row) => toKey(row, now())), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('keys.read', {
      operationId: 'getKey',
      summary: 'Shows one virtual key.',
      tags: TAGS,
      params: keyParams,
      response: { 200: keySchema },
    }),
    async (request) => {
      const row = await keys.get(tenantOf(request), request.params.key_id);
      if (row === undefined) throw new GatewayError('resource.not_found');
      return toKey(row, now());
    },
  );
};

const changeKey: ControlRoutes = (app, { keys, now }) => {
  app.post(
    LIST,
    route('keys.write', {
      operationId: 'createKey',
      summary: 'Makes a virtual key and shows its secret, this once.',
      tags: TAGS,
      body: newKeySchema,
      response: { 201: createdKeySchema },
    }),
    async (request, reply) => {
      const expiresAt = fromTimeOrUndefined(request.body.expires_at);
      if (expiresAt !== undefined && expiresAt <= now()) {
        throw new GatewayError('request.invalid', { message: 'expires_at: is in the past.', param: 'expires_at' });
      }
      const created = await keys.create(tenantOf(request), {
        name: request.body.name,
        allowedModels: request.body.allowed_models,
        refusesLosses: request.body.refuses_losses ?? false,
        expiresAt,
      });
      return reply.code(201).send({ key: toKey(created.key, now()), secret: created.secret });
    },
  );
  app.patch(
    ONE,
    route('keys.write', {
      operationId: 'updateKey',
      summary: 'Changes the fields that are sent.',
      tags: TAGS,
      params: keyParams,
      body: keyChangeSchema,
      response: { 200: keySchema },
    }),
    async (request) =>
      toKey(await keys.update(tenantOf(request), request.params.key_id, toKeyChange(request.body)), now()),
  );
  app.delete(
    ONE,
    route('keys.write', {
      operationId: 'deleteKey',
      summary: 'Removes a key from the list; calls with it are refused as unknown.',
      tags: TAGS,
      params: keyParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      await keys.remove(tenantOf(request), request.params.key_id);
      return deleted(request.params.key_id);
    },
  );
};

const actOnKey: ControlRoutes = (app, { keys, now }) => {
  app.post(
    `${ONE}/revoke`,
    route('keys.write', {
      operationId: 'revokeKey',
      summary: 'Revokes a key for good; it stays in the list, and its usage keeps its name.',
      tags: TAGS,
      params: keyParams,
      response: { 200: keySchema },
    }),
    async (request) => toKey(await keys.revoke(tenantOf(request), request.params.key_id), now()),
  );
};
