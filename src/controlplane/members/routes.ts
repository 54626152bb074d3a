import type { FastifyRequest } from 'fastify';
import type { Changed, MemberWithPerson } from '../../identity/people-ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf, readPage } from '../paging.ts';
import { memberChangeSchema, memberParams, memberQuerySchema, memberSchema, toMember } from './schema.ts';

const TAGS = ['members'];
const LIST = `${CONTROL_PREFIX}/members`;
const ONE = `${LIST}/:member_id`;

/** `/members`: people in the organization, and what each may do. */
export const memberRoutes: ControlRoutes = (app, services) => {
  readMembers(app, services);
  changeMembers(app, services);
  suspendMembers(app, services);
};

const readMembers: ControlRoutes = (app, { members }) => {
  app.get(
    LIST,
    route('members.read', {
      operationId: 'listMembers',
      summary: 'Lists the members.',
      tags: TAGS,
      querystring: memberQuerySchema,
      response: { 200: pageOf(memberSchema) },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      const { team_id: teamId, search } = request.query;
      const page = await readPage(request.query, (wanted) =>
        members.list(organizationId, { ...wanted, teamId, search }),
      );
      return { data: page.rows.map(toMember), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('members.read', {
      operationId: 'getMember',
      summary: 'Shows one member.',
      tags: TAGS,
      params: memberParams,
      response: { 200: memberSchema },
    }),
    async (request) => {
      const member = await members.get(tenantOf(request).organizationId, request.params.member_id);
      if (member === undefined) throw new GatewayError('resource.not_found');
      return toMember(member);
    },
  );
};

const changeMembers: ControlRoutes = (app, { members }) => {
  app.patch(
    ONE,
    route('members.write', {
      operationId: 'updateMember',
      summary: 'Gives a member another role; the last owner stays one.',
      tags: TAGS,
      params: memberParams,
      body: memberChangeSchema,
      response: { 200: memberSchema },
    }),
    async (request) => {
      const { member_id: id } = request.params;
      const { role } = request.body;
      return answerChanged(request, await members.setRole(accessOf(request), id, role, ifRevisionOf(request)));
    },
  );
  app.delete(
    ONE,
    route('members.write', {
      operationId: 'deleteMember',
      summary: 'Ends a membership, and with it the member’s keys in the organization. The last owner stays.',
      tags: TAGS,
      params: memberParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { member_id: id } = request.params;
      const member = await members.remove(accessOf(request), id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'member', targetId: id, before: toMember(member) });
      return deleted(id);
    },
  );
};

const suspendMembers: ControlRoutes = (app, { members }) => {
  app.post(
    `${ONE}/suspend`,
    route('members.write', {
      operationId: 'suspendMember',
      summary: 'Lets a member and the member’s keys do nothing in the organization until they are reactivated.',
      tags: TAGS,
      params: memberParams,
      response: { 200: memberSchema },
    }),
    async (request) =>
      answerChanged(request, await members.suspend(accessOf(request), request.params.member_id, ifRevisionOf(request))),
  );
  app.post(
    `${ONE}/reactivate`,
    route('members.write', {
      operationId: 'reactivateMember',
      summary: 'Ends a suspension.',
      tags: TAGS,
      params: memberParams,
      response: { 200: memberSchema },
    }),
    async (request) =>
      answerChanged(
        request,
        await members.reactivate(accessOf(request), request.params.member_id, ifRevisionOf(request)),
      ),
  );
};

function answerChanged(request: FastifyRequest, changed: Changed<MemberWithPerson>) {
  const after = toMember(changed.after);
  noteChange(request, { targetKind: 'member', targetId: after.id, before: toMember(changed.before), after });
  return after;
}
