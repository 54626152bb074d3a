import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import type { User } from '../../protocol/people.ts';
import { DONE, doneSchema, toPerson, userSchema } from '../auth/schema.ts';
import { jsonObjectField } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { sessionSchema, toSessionView } from '../me/schema.ts';
import { pageOf } from '../paging.ts';
import { operatorSchema, suspendUserSchema, userParams, userSessionParams, usersQuery } from './schema.ts';

const TAGS = ['users'];
const LIST = `${CONTROL_PREFIX}/users`;
const ONE = `${LIST}/:user_id`;

/** `/users`: the accounts of people, for whoever runs the installation. */
export const userRoutes: ControlRoutes = (app, services) => {
  readUsers(app, services);
  actOnUsers(app, services);
  endUsers(app, services);
  sessionsOfUsers(app, services);
};

const readUsers: ControlRoutes = (app, { people, accounts }) => {
  app.get(
    LIST,
    route('users.read', {
      operationId: 'listUsers',
      summary: 'Lists people, by the time they came.',
      tags: TAGS,
      querystring: usersQuery,
      response: { 200: pageOf(userSchema) },
    }),
    async (request) => {
      const { limit, cursor, state, search } = request.query;
      const users = await people.list({ limit: limit + 1, afterId: cursor, state, search });
      const page = users.slice(0, limit);
      return { data: page.map(toPerson), next_cursor: users.length > limit ? page.at(-1)?.id : undefined };
    },
  );
  app.get(
    ONE,
    route('users.read', {
      operationId: 'getUser',
      summary: 'Shows one person.',
      tags: TAGS,
      params: userParams,
      response: { 200: userSchema },
    }),
    async (request) => toPerson((await people.ofPerson(request.params.user_id)).user),
  );
  app.get(
    `${ONE}/export`,
    route(
      'users.write',
      {
        operationId: 'exportUser',
        summary: 'Gives everything that is kept about a person, without secrets.',
        tags: TAGS,
        params: userParams,
        response: { 200: jsonObjectField },
      },
      { audit: 'always' },
    ),
    async (request) => jsonObjectField.parse(await accounts.exportOf(request.params.user_id)),
  );
};

type Act = {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly run: (userId: string) => Promise<User>;
};

const actOnUsers: ControlRoutes = (app, { accounts, people }) => {
  const changed = async (userId: string, request: Parameters<typeof noteChange>[0], run: () => Promise<User>) => {
    const before = (await people.ofPerson(userId)).user;
    const after = await run();
    noteChange(request, {
      targetKind: 'user',
      targetId: userId,
      before: { state: before.state, is_operator: before.isOperator },
      after: { state: after.state, is_operator: after.isOperator },
    });
    return toPerson(after);
  };
  const acts: readonly Act[] = [
    {
      path: 'approve',
      operationId: 'approveUser',
      summary: 'Lets in somebody who waits for approval.',
      run: accounts.approve,
    },
    {
      path: 'reactivate',
      operationId: 'reactivateUser',
      summary: 'Lets somebody in again who was suspended.',
      run: accounts.reactivate,
    },
  ];
  for (const { path, operationId, summary, run } of acts) {
    app.post(
      `${ONE}/${path}`,
      route('users.write', { operationId, summary, tags: TAGS, params: userParams, response: { 200: userSchema } }),
      async (request) => changed(request.params.user_id, request, () => run(request.params.user_id)),
    );
  }
  app.post(
    `${ONE}/suspend`,
    route('users.write', {
      operationId: 'suspendUser',
      summary: 'Ends a person’s sessions and keys until they are reactivated.',
      tags: TAGS,
      params: userParams,
      body: suspendUserSchema,
      response: { 200: userSchema },
    }),
    async (request) => {
      const { user_id: userId } = request.params;
      return changed(userId, request, () => accounts.suspend(userId, request.body.reason));
    },
  );
  app.put(
    `${ONE}/operator`,
    route('users.write', {
      operationId: 'setOperator',
      summary: 'Makes a person one who runs the installation, or no longer; their sessions end.',
      tags: TAGS,
      params: userParams,
      body: operatorSchema,
      response: { 200: userSchema },
    }),
    async (request) => {
      const { user_id: userId } = request.params;
      return changed(userId, request, () => accounts.setOperator(userId, request.body.is_operator));
    },
  );
};

const endUsers: ControlRoutes = (app, { accounts }) => {
  app.post(
    `${ONE}/close`,
    route('users.write', {
      operationId: 'closeUser',
      summary: 'Closes a person’s account: sessions and keys end.',
      tags: TAGS,
      params: userParams,
      response: { 200: doneSchema },
    }),
    async (request) => {
      noteChange(request, { targetKind: 'user', targetId: request.params.user_id });
      await accounts.close(request.params.user_id);
      return DONE;
    },
  );
  app.post(
    `${ONE}/erase`,
    route('users.write', {
      operationId: 'eraseUser',
      summary: 'Removes what says who a person was; what they did stays under their id. Cannot be undone.',
      tags: TAGS,
      params: userParams,
      response: { 200: doneSchema },
    }),
    async (request) => {
      noteChange(request, { targetKind: 'user', targetId: request.params.user_id });
      await accounts.erase(request.params.user_id);
      return DONE;
    },
  );
};

const sessionsOfUsers: ControlRoutes = (app, { sessions, people }) => {
  app.get(
    `${ONE}/sessions`,
    route('users.read', {
      operationId: 'listSessionsOfUser',
      summary: 'Lists where a person is signed in.',
      tags: TAGS,
      params: userParams,
      response: { 200: z.strictObject({ data: z.array(sessionSchema) }) },
    }),
    async (request) => {
      const { user } = await people.ofPerson(request.params.user_id);
      return { data: (await sessions.list(user.id)).map((session) => toSessionView(session, undefined)) };
    },
  );
  app.delete(
    `${ONE}/sessions/:session_id`,
    route('users.write', {
      operationId: 'endSessionOfUser',
      summary: 'Ends one of a person’s sessions.',
      tags: TAGS,
      params: userSessionParams,
      response: { 200: doneSchema },
    }),
    async (request) => {
      const { user_id: userId, session_id: sessionId } = request.params;
      if (!(await sessions.end(userId, sessionId))) throw new GatewayError('resource.not_found');
      noteChange(request, { targetKind: 'session', targetId: sessionId });
      return DONE;
    },
  );
};
