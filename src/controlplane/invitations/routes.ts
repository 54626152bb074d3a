import { GatewayError } from '../../kernel/errors.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import { invitationParams, invitationSchema, newInvitationSchema, toInvitation } from './schema.ts';

const TAGS = ['invitations'];
const LIST = `${CONTROL_PREFIX}/invitations`;
const ONE = `${LIST}/:invitation_id`;

/** `/invitations`: links that make whoever gets them by mail a member, once. The link is in no answer. */
export const invitationRoutes: ControlRoutes = (app, services) => {
  readInvitations(app, services);
  sendInvitations(app, services);
  revokeInvitations(app, services);
};

const readInvitations: ControlRoutes = (app, { invitations, now }) => {
  app.get(
    LIST,
    route('members.read', {
      operationId: 'listInvitations',
      summary: 'Lists the invitations.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(invitationSchema) },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      const page = await readPage(request.query, (wanted) => invitations.list(organizationId, wanted));
      return { data: page.rows.map((row) => toInvitation(row, now())), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('members.read', {
      operationId: 'getInvitation',
      summary: 'Shows one invitation.',
      tags: TAGS,
      params: invitationParams,
      response: { 200: invitationSchema },
    }),
    async (request) => {
      const invitation = await invitations.get(tenantOf(request).organizationId, request.params.invitation_id);
      if (invitation === undefined) throw new GatewayError('resource.not_found');
      return toInvitation(invitation, now());
    },
  );
};

const sendInvitations: ControlRoutes = (app, { invitations, now }) => {
  app.post(
    LIST,
    route('members.write', {
      operationId: 'createInvitation',
      summary: 'Sends a link that is good for seven days. An open invitation of the same address is replaced.',
      tags: TAGS,
      body: newInvitationSchema,
      response: { 201: invitationSchema },
    }),
    async (request, reply) => {
      const { email, role, team_ids: teamIds = [] } = request.body;
      const after = toInvitation(await invitations.create(accessOf(request), { email, role, teamIds }), now());
      noteChange(request, { targetKind: 'invitation', targetId: after.id, after });
      return reply.code(201).send(after);
    },
  );
  app.post(
    `${ONE}/resend`,
    route('members.write', {
      operationId: 'resendInvitation',
      summary: 'Sends a new link, good for seven days again; the one before is no good any more.',
      tags: TAGS,
      params: invitationParams,
      response: { 200: invitationSchema },
    }),
    async (request) => {
      const { before, after } = await invitations.resend(accessOf(request), request.params.invitation_id);
      const shown = toInvitation(after, now());
      const change = { before: toInvitation(before, now()), after: shown };
      noteChange(request, { targetKind: 'invitation', targetId: after.id, ...change });
      return shown;
    },
  );
};

const revokeInvitations: ControlRoutes = (app, { invitations, now }) => {
  app.post(
    `${ONE}/revoke`,
    route('members.write', {
      operationId: 'revokeInvitation',
      summary: 'Makes the link of an invitation no good any more.',
      tags: TAGS,
      params: invitationParams,
      response: { 200: invitationSchema },
    }),
    async (request) => {
      const { before, after } = await invitations.revoke(accessOf(request), request.params.invitation_id);
      const shown = toInvitation(after, now());
      const change = { before: toInvitation(before, now()), after: shown };
      noteChange(request, { targetKind: 'invitation', targetId: after.id, ...change });
      return shown;
    },
  );
};
