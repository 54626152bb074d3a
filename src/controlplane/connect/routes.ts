import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { DONE, doneSchema } from '../auth/schema.ts';
import { assertPrivate } from '../auth/transport.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';

const TAGS = ['connect'];
/** Where AIGNE's command line looks for it. */
const SESSION = '/.well-known/service/api/access-key/session';
const ID_CHARS_MAX = 128;
const approvalSchema = z
  .strictObject({ session: z.string().min(1).max(ID_CHARS_MAX) })
  .meta({ examples: [{ session: '…' }] });

const sidQuery = z.strictObject({ sid: z.string().min(1).max(ID_CHARS_MAX) });
const sessionSchema = z.strictObject({
  id: z.string(),
  challenge: z.string(),
  accessKeyId: z.string().nullable().describe('`null` until the person says yes.'),
  accessKeySecret: z.string().nullable().describe('The key, wrapped under the challenge.'),
});

/** How AIGNE's command line gets a key: by the yes of a person who is signed in. */
export const connectRoutes: ControlRoutes = (app, services) => {
  const { connect } = services;
  app.post(
    SESSION,
    route(
      'public',
      {
        operationId: 'beginConnectSession',
        summary: 'Begins a session that waits for a person’s yes, for AIGNE’s command line.',
        tags: TAGS,
        response: { 200: sessionSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      const begun = await connect.begin(services.clientAddress(request.raw));
      return { ...begun, accessKeyId: null, accessKeySecret: null };
    },
  );
  app.get(
    SESSION,
    route('public', {
      operationId: 'getConnectSession',
      summary: 'Tells whether the person said yes, and gives the key.',
      tags: TAGS,
      querystring: sidQuery,
      response: { 200: sessionSchema },
    }),
    async (request) => {
      const { sid } = request.query;
      const { challenge, keyId, handover } = await connect.look(sid);
      return { id: sid, challenge, accessKeyId: keyId ?? null, accessKeySecret: handover ?? null };
    },
  );
  app.delete(
    SESSION,
    route(
      'public',
      {
        operationId: 'endConnectSession',
        summary: 'Forgets the session.',
        tags: TAGS,
        querystring: sidQuery,
        response: { 200: doneSchema },
      },
      { audit: 'never' },
    ),
    async (request) => {
      await connect.end(request.query.sid);
      return DONE;
    },
  );
  app.post(
    `${CONTROL_PREFIX}/connect/approve`,
    route('keys.write', {
      operationId: 'approveConnectSession',
      summary: 'Says yes to a command line that waits: it gets a key of the person’s own.',
      tags: TAGS,
      body: approvalSchema,
      response: { 200: doneSchema },
    }),
    async (request) => {
      assertPrivate(request, services);
      const { actor, tenant, memberId } = accessOf(request);
      // A program could say yes in nobody's name; only a person's click counts.
      if (actor.kind !== 'person' || memberId === undefined) throw new GatewayError('access.denied');
      const { keyId } = await connect.approve(request.body.session, { tenant, memberId });
      noteChange(request, { targetKind: 'virtual_key', targetId: keyId });
      return DONE;
    },
  );
};
