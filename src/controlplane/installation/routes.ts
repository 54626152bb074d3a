import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { CONTROL_PREFIX, type ControlRoutes, callerOf, noteChange, route } from '../http.ts';
import {
  changeInstallation,
  installationChangeSchema,
  installationSchema,
  testMailSchema,
  toInstallationView,
} from './schema.ts';

const TAGS = ['installation'];
const ONE = `${CONTROL_PREFIX}/installation`;

/** `/installation`: how the hub looks to people, and who may sign up. */
export const installationRoutes: ControlRoutes = (app, services) => {
  aboutInstallation(app, services);
  testMail(app, services);
};

const aboutInstallation: ControlRoutes = (app, { installation }) => {
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

const testMail: ControlRoutes = (app, { people, sendTestMail }) => {
  app.post(
    `${ONE}/test-mail`,
    route('installation.write', {
      operationId: 'sendTestMail',
      summary: 'Sends a mail to the caller’s own address, and says why where the mail server does not take it.',
      tags: TAGS,
      response: { 200: testMailSchema },
    }),
    async (request) => {
      const { actor } = callerOf(request);
      if (actor?.kind !== 'person') {
        throw new GatewayError('access.denied', {
          message: 'The mail goes to the caller’s own address, and a token has none. Sign in as an operator.',
        });
      }
      const { email, name, locale } = (await people.ofPerson(actor.userId)).user;
      if (email === undefined) throw new GatewayError('resource.not_found');
      noteChange(request, { targetKind: 'user', targetId: actor.userId });
      await sendTestMail({ email, name, locale });
      return { sent_to: email };
    },
  );
};
