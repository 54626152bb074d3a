import { CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { seesCosts } from '../usage/costs.ts';
import { cacheQuery, cacheSchema, toCache } from './schema.ts';

const TAGS = ['cache'];
const PATH = `${CONTROL_PREFIX}/cache`;

/** `/cache`: how often answers were given again, and their end. */
export const cacheRoutes: ControlRoutes = (app, services) => {
  const { cache, organizations, now } = services;
  app.get(
    PATH,
    route('usage.read', {
      operationId: 'getCache',
      summary: 'Shows how often answers were given again, and what that saved.',
      tags: TAGS,
      querystring: cacheQuery,
      response: { 200: cacheSchema },
    }),
    async (request) => {
      const scope = tenantOf(request);
      const said = { where: cache.where, isCharged: cache.isCharged, clearedAt: cache.clearedAt(scope) };
      return toCache(said, await cache.since(scope, request.query.days), seesCosts(request, services));
    },
  );
  app.delete(
    PATH,
    route('limits.write', {
      operationId: 'clearCache',
      summary: 'Has no answer given again that was kept before. It holds for calls within two seconds.',
      tags: TAGS,
      response: { 200: cacheSchema },
    }),
    async (request) => {
      const scope = tenantOf(request);
      const clearedAt = now();
      await organizations.update(scope.organizationId, { cacheClearedAt: clearedAt });
      noteChange(request, { targetKind: 'cache', targetId: scope.organizationId });
      const said = { where: cache.where, isCharged: cache.isCharged, clearedAt };
      return toCache(said, await cache.since(scope, 1), seesCosts(request, services));
    },
  );
};
