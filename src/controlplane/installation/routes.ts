import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { changeInstallation, installationChangeSchema, installationSchema, toInstallationView } from './schema.ts';

const TAGS = ['installation'];
const ONE = `${CONTROL_PREFIX}/installation`;

/** `/installation`: how the hub looks to people, and who may sign up. */
export const installationRoutes: ControlRoutes = (app, { installation }) => {
  app.get(
    ONE,
    route('installation.read', {
      operationId: 'getInstallation',
      summary: 'Shows how the hub looks to people and who may sign up.',
      tags: TAGS,
      response: { 200: installationSchema },
    }),
    async () => toInstallationView(await installation.get()),
  );
  app.patch(
    ONE,
    route('installation.write', {
      operationId: 'updateInstallation',
      summary: 'Changes the fields that are sent.',
      tags: TAGS,
      body: installationChangeSchema,
      response: { 200: installationSchema },
    }),
    async (request) => {
      const before = await installation.get();
      const wanted = ifRevisionOf(request);
      if (wanted !== undefined && wanted !== before.revision) throw new GatewayError('resource.changed');
      // What was read is what is replaced: fields that were not sent must not undo somebody else's change.
      if (!(await installation.update(changeInstallation(before, request.body), before.revision))) {
        throw new GatewayError('resource.changed');
      }
      const after = await installation.get();
      noteChange(request, {
        targetKind: 'installation',
        targetId: 'installation',
        before: toInstallationView(before),
        after: toInstallationView(after),
      });
      return toInstallationView(after);
    },
  );
};
