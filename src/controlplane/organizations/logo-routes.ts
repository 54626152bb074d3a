import { z } from 'zod';
import { readLogo } from '../../identity/logo.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { CONTROL_PREFIX, type ControlRoutes, route, tenantOf } from '../http.ts';
import { answerChanged } from './answer-changed.ts';
import { logoQuerySchema, logoSchema, organizationSchema } from './schema.ts';

const TAGS = ['organization'];
const ONE = `${CONTROL_PREFIX}/organization/logo`;
/** The address changes with the picture. */
const KEPT = 'private, max-age=31536000, immutable';
const NOT_KEPT = 'no-store';

/** `/organization/logo`: the picture that an organization's people see, as the bytes that were looked at. */
export const logoRoutes: ControlRoutes = (app, { organizations }) => {
  app.get(
    ONE,
    route('organization.read', {
      operationId: 'getOwnLogo',
      summary: 'Sends the organization’s logo.',
      tags: TAGS,
      querystring: logoQuerySchema,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const { organizationId } = tenantOf(request);
      const [organization, logo] = await Promise.all([
        organizations.get(organizationId),
        organizations.logo(organizationId),
      ]);
      if (organization === undefined || logo === undefined) throw new GatewayError('resource.not_found');
      const isFixed = request.query.version === organization.brand.logoVersion;
      return reply
        .type(logo.type)
        .header('cache-control', isFixed ? KEPT : NOT_KEPT)
        .send(logo.bytes);
    },
  );
  app.put(
    ONE,
    route('organization.write', {
      operationId: 'setOwnLogo',
      summary: 'Replaces the organization’s logo.',
      tags: TAGS,
      body: logoSchema,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const logo = readLogo(Buffer.from(request.body.data, 'base64'));
      const { organizationId } = tenantOf(request);
      return answerChanged(request, await organizations.setLogo(organizationId, logo, ifRevisionOf(request)));
    },
  );
  app.delete(
    ONE,
    route('organization.write', {
      operationId: 'removeOwnLogo',
      summary: 'Removes the organization’s logo.',
      tags: TAGS,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      return answerChanged(request, await organizations.setLogo(organizationId, undefined, ifRevisionOf(request)));
    },
  );
};
