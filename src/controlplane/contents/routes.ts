import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { UsageRecord } from '../../protocol/records.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, revisedRoute, route, tenantOf } from '../http.ts';
import type { ControlServices } from '../services.ts';
import { requestParams } from '../usage/schema.ts';
import {
  contentPolicyChangeSchema,
  contentPolicySchema,
  requestContentSchema,
  toContentPolicy,
  toPolicyChange,
  toRequestContent,
} from './schema.ts';

const POLICY = `${CONTROL_PREFIX}/organization/content-policy`;
const CONTENT = `${CONTROL_PREFIX}/usage/requests/:request_id/content`;

/** What is stored of what is said in an organization's requests, and who looks at it. */
export const contentRoutes: ControlRoutes = (app, services) => {
  contentPolicy(app, services);
  requestContent(app, services);
};

const contentPolicy: ControlRoutes = (app, { contents }) => {
  app.get(
    POLICY,
    route('organization.read', {
      operationId: 'getContentPolicy',
      summary: 'Says whether what is said in the organization’s requests is stored, and for how long.',
      tags: ['organization'],
      response: { 200: contentPolicySchema },
    }),
    async (request) => toContentPolicy(await contents.policy(tenantOf(request).organizationId), contents.daysMax),
  );
  app.put(
    POLICY,
    revisedRoute('contents.write', {
      operationId: 'putContentPolicy',
      summary: 'Sets it, for requests from now on; within two seconds. What is stored stays until its days are over.',
      tags: ['organization'],
      body: contentPolicyChangeSchema,
      response: { 200: contentPolicySchema },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      const change = toPolicyChange(request.body);
      const { before, after } = await contents.changePolicy(organizationId, change, ifRevisionOf(request));
      const shown = toContentPolicy(after, contents.daysMax);
      noteChange(request, {
        targetKind: 'content_policy',
        targetId: organizationId,
        before: toContentPolicy(before, contents.daysMax),
        after: shown,
      });
      return shown;
    },
  );
};

const requestContent: ControlRoutes = (app, services) => {
  const { contents } = services;
  app.get(
    CONTENT,
    route(
      'contents.read',
      {
        operationId: 'readRequestContent',
        summary: 'Shows what was said in one request, where it is stored. Every look is in the audit log first.',
        tags: ['usage'],
        params: requestParams,
        response: { 200: requestContentSchema },
      },
      { audit: 'always' },
    ),
    async (request) => {
      noteTarget(request);
      const { id } = await recordOf(services, request);
      return toRequestContent(await contents.read(tenantOf(request), id));
    },
  );
  app.delete(
    CONTENT,
    route('contents.write', {
      operationId: 'deleteRequestContent',
      summary: 'Deletes what was said in one request. Its records stay.',
      tags: ['usage'],
      params: requestParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      noteTarget(request);
      const { id, requestId } = await recordOf(services, request);
      await contents.remove(tenantOf(request), id);
      return deleted(requestId);
    },
  );
};

/** The log says whose content it was about and never what it says, even where there was none. */
function noteTarget(request: FastifyRequest<{ Params: { request_id: string } }>): void {
  noteChange(request, { targetKind: 'request', targetId: request.params.request_id });
}

/** @throws resource.not_found for a request of another organization, or of a project that the caller may not see */
async function recordOf(
  { usage, visibleProjects }: Pick<ControlServices, 'usage' | 'visibleProjects'>,
  request: FastifyRequest<{ Params: { request_id: string } }>,
): Promise<UsageRecord> {
  const visible = await visibleProjects.idsOf(accessOf(request));
  const outcome = await usage.get(tenantOf(request), request.params.request_id, visible);
  if (outcome === undefined) throw new GatewayError('resource.not_found');
  return outcome.usage;
}
