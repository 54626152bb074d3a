import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { giveSession, originOf } from '../auth/routes.ts';
import { DONE, doneSchema, signedInSchema, toPerson, userSchema } from '../auth/schema.ts';
import { assertPrivate } from '../auth/transport.ts';
import { jsonObjectField } from '../fields.ts';
import { assertOwnSession, CONTROL_PREFIX, type ControlRoutes, personOf, route } from '../http.ts';
import { clearSessionCookie } from '../session-cookie.ts';
import {
  closeAccountSchema,
  meChangeSchema,
  meSchema,
  newPasswordSchema,
  sessionParams,
  sessionSchema,
  toCreditLook,
  toSessionView,
} from './schema.ts';

const TAGS = ['me'];
const BASE = `${CONTROL_PREFIX}/me`;

/** `/me`: the person who is signed in, about themselves. */
export const meRoutes: ControlRoutes = (app, services) => {
  aboutMe(app, services);
  mySessions(app, services);
  myAccount(app, services);
};

const aboutMe: ControlRoutes = (app, { people, credit, installation }) => {
  app.get(
    BASE,
    route('person', {
      operationId: 'getMe',
      summary: 'Shows who is signed in, and the organizations that they belong to.',
      tags: TAGS,
      response: { 200: meSchema },
    }),
    async (request) => {
      const { userId, sessionId } = personOf(request);
      const { user, places: all } = await people.ofPerson(userId);
      const charging = credit.charging();
      const { ownCredentials } = await installation.get();
      const { onlyOrganizationId: only } = personOf(request);
      const places = all.filter(({ organization }) => only === undefined || organization.id === only);
      return {
        user: toPerson(user),
        session_id: sessionId,
        organizations: places.map(({ organization, member }) => ({
          id: organization.id,
          name: organization.name,
          state: organization.state,
          member_id: member.id,
          role: member.role,
          own_credentials: organization.ownCredentialsAllowed ?? ownCredentials,
          purchase_url: credit.purchaseLinkOf(organization.id),
        })),
        credit: charging && toCreditLook(charging),
      };
    },
  );
  app.patch(
    BASE,
    route('person', {
      operationId: 'updateMe',
      summary: 'Changes the person’s name or language.',
      tags: TAGS,
      body: meChangeSchema,
      response: { 200: userSchema },
    }),
    async (request) => toPerson(await people.change(personOf(request).userId, request.body)),
  );
};

const mySessions: ControlRoutes = (app, { sessions }) => {
  app.get(
    `${BASE}/sessions`,
    route('person', {
      operationId: 'listMySessions',
      summary: 'Lists where the person is signed in.',
      tags: TAGS,
      response: { 200: z.strictObject({ data: z.array(sessionSchema) }) },
    }),
    async (request) => {
      const { userId, sessionId } = personOf(request);
      return { data: (await sessions.list(userId)).map((session) => toSessionView(session, sessionId)) };
    },
  );
  app.delete(
    `${BASE}/sessions/:session_id`,
    route('person', {
      operationId: 'endMySession',
      summary: 'Ends one of the person’s sessions.',
      tags: TAGS,
      params: sessionParams,
      response: { 200: doneSchema },
    }),
    async (request) => {
      if (!(await sessions.end(personOf(request).userId, request.params.session_id))) {
        throw new GatewayError('resource.not_found');
      }
      return DONE;
    },
  );
  app.post(
    `${BASE}/sessions/end-others`,
    route('person', {
      operationId: 'endMyOtherSessions',
      summary: 'Ends all of the person’s sessions but this one.',
      tags: TAGS,
      response: { 200: doneSchema },
    }),
    async (request) => {
      const { userId, sessionId } = personOf(request);
      await sessions.endAll(userId, sessionId);
      return DONE;
    },
  );
};

const myAccount: ControlRoutes = (app, services) => {
  const { accounts } = services;
  app.post(
    `${BASE}/password`,
    route('person', {
      operationId: 'changeMyPassword',
      summary: 'Sets a new password; all other sessions end, and this one gets a new token.',
      tags: TAGS,
      body: newPasswordSchema,
      response: { 200: signedInSchema },
    }),
    async (request, reply) => {
      assertPrivate(request, services);
      assertOwnSession(request);
      const { current, password: next } = request.body;
      const begun = await accounts.changePassword(
        personOf(request).userId,
        { current, next },
        originOf(request, services),
      );
      return giveSession(services, request, reply, begun);
    },
  );
  app.get(
    `${BASE}/export`,
    route(
      'person',
      {
        operationId: 'exportMe',
        summary: 'Gives everything that is kept about the person, without secrets.',
        tags: TAGS,
        response: { 200: jsonObjectField },
      },
      { audit: 'always' },
    ),
    async (request, reply) => {
      assertOwnSession(request);
      reply.header('content-disposition', 'attachment; filename="account.json"');
      // JSON leaves members that are undefined out; there are none in what the store gives.
      return jsonObjectField.parse(await accounts.exportOf(personOf(request).userId));
    },
  );
  app.post(
    `${BASE}/close`,
    route('person', {
      operationId: 'closeMyAccount',
      summary: 'Closes the account: sessions and keys end, and organizations of the person alone close.',
      tags: TAGS,
      body: closeAccountSchema,
      response: { 200: doneSchema },
    }),
    async (request, reply) => {
      assertOwnSession(request);
      const { userId } = personOf(request);
      await accounts.confirmPassword(userId, request.body.password, originOf(request, services));
      await accounts.close(userId);
      clearSessionCookie(reply, services.reachedAt(request.raw).isSecure);
      return DONE;
    },
  );
};
