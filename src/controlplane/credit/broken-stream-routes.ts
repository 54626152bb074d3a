import { ifRevisionOf } from '../etag.ts';
import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import { answerChanged } from '../organizations/answer-changed.ts';
import { organizationSchema } from '../organizations/schema.ts';
import { brokenStreamsSchema, creditOrganizationParams } from './schema.ts';

/** `/installation/credit/organizations/…/broken-streams`: what an organization pays for answers that break off. */
export const brokenStreamRoutes: ControlRoutes = (app, { organizations }) => {
  app.put(
    `${CONTROL_PREFIX}/installation/credit/organizations/:organization_id/broken-streams`,
    route('installation_credit.write', {
      operationId: 'setBrokenStreamPolicy',
      summary: 'Says what an organization pays for answers that break off, of calls that begin from now on.',
      tags: ['credit'],
      params: creditOrganizationParams,
      body: brokenStreamsSchema,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organization_id: id } = request.params;
      const edit = { brokenStreamPolicy: request.body.policy };
      return answerChanged(request, await organizations.update(id, edit, ifRevisionOf(request)));
    },
  );
};
