import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { VirtualKeyRow } from '../../protocol/configuration.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema, rotationSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route } from '../http.ts';
import { endPage, pageOf } from '../paging.ts';
import type { ControlServices } from '../services.ts';
import {
  createdKeySchema,
  keyChangeSchema,
  keyParams,
  keySchema,
  keysQuery,
  newKeySchema,
  toKey,
  toKeyChange,
  toNewKey,
} from './schema.ts';

const TAGS = ['keys'];
const LIST = `${CONTROL_PREFIX}/keys`;
const ONE = `${LIST}/:key_id`;

/** `/keys`: the virtual keys that callers hold. */
export const keyRoutes: ControlRoutes = (app, services) => {
  readKey(app, services);
  makeKey(app, services);
  changeKey(app, services);
  endKey(app, services);
};

const readKey: ControlRoutes = (app, services) => {
  const { keys, now } = services;
  app.get(
    LIST,
    route('keys.read', {
      operationId: 'listKeys',
      summary: 'Lists the virtual keys of the projects that the caller may use, oldest first.',
      tags: TAGS,
      querystring: keysQuery,
      response: { 200: pageOf(keySchema) },
    }),
    async (request) => {
      const { limit, cursor, project_id } = request.query;
      const page = endPage(await keys.list(accessOf(request), project_id, { limit: limit + 1, cursor }), limit);
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
    async (request) => toKey(await existing(services, request, request.params.key_id), now()),
  );
};

const makeKey: ControlRoutes = (app, services) => {
  const { keys, now } = services;
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
      const created = await keys.create(accessOf(request), toNewKey(request.body));
      const key = toKey(created.key, now());
      noteChange(request, { targetKind: 'key', targetId: key.id, after: key });
      return reply.code(201).send({ key, secret: created.secret });
    },
  );
  app.post(
    `${ONE}/rotate`,
    revisedRoute('keys.write', {
      operationId: 'rotateKey',
      summary: 'Gives a key a new secret and shows it, this once; the one before counts until the overlap ends.',
      tags: TAGS,
      params: keyParams,
      body: rotationSchema,
      response: { 200: createdKeySchema },
    }),
    async (request) => {
      const { key_id } = request.params;
      const before = toKey(await existing(services, request, key_id), now());
      const overlapMs = request.body.overlap_seconds * 1000;
      const rotated = await keys.rotate(accessOf(request), key_id, overlapMs, ifRevisionOf(request));
      const key = toKey(rotated.key, now());
      noteChange(request, { targetKind: 'key', targetId: key_id, before, after: key });
      return { key, secret: rotated.secret };
    },
  );
};

const changeKey: ControlRoutes = (app, services) => {
  const { keys, now } = services;
  app.patch(
    ONE,
    revisedRoute('keys.write', {
      operationId: 'updateKey',
      summary: 'Changes the fields that are sent.',
      tags: TAGS,
      params: keyParams,
      body: keyChangeSchema,
      response: { 200: keySchema },
    }),
    async (request) => {
      const { key_id } = request.params;
      const before = toKey(await existing(services, request, key_id), now());
      const change = toKeyChange(request.body);
      const after = toKey(await keys.update(accessOf(request), key_id, change, ifRevisionOf(request)), now());
      noteChange(request, { targetKind: 'key', targetId: key_id, before, after });
      return after;
    },
  );
};

const endKey: ControlRoutes = (app, services) => {
  const { keys, now } = services;
  app.post(
    `${ONE}/revoke`,
    revisedRoute('keys.write', {
      operationId: 'revokeKey',
      summary: 'Revokes a key for good; it stays in the list, and its usage keeps its name.',
      tags: TAGS,
      params: keyParams,
      response: { 200: keySchema },
    }),
    async (request) => {
      const { key_id } = request.params;
      const before = toKey(await existing(services, request, key_id), now());
      const after = toKey(await keys.revoke(accessOf(request), key_id, ifRevisionOf(request)), now());
      noteChange(request, { targetKind: 'key', targetId: key_id, before, after });
      return after;
    },
  );
  app.delete(
    ONE,
    revisedRoute('keys.write', {
      operationId: 'deleteKey',
      summary: 'Removes a key from the list; calls with it are refused as unknown.',
      tags: TAGS,
      params: keyParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { key_id } = request.params;
      const before = toKey(await existing(services, request, key_id), now());
      await keys.remove(accessOf(request), key_id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'key', targetId: key_id, before });
      return deleted(key_id);
    },
  );
};

async function existing({ keys }: ControlServices, request: FastifyRequest, id: string): Promise<VirtualKeyRow> {
  const row = await keys.get(accessOf(request), id);
  if (row === undefined) throw new GatewayError('resource.not_found');
  return row;
}
