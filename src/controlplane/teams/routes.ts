import type { FastifyRequest } from 'fastify';
import type { Changed, MemberWithPerson } from '../../identity/people-ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { memberSchema, toMember } from '../members/schema.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import { newTeamSchema, teamChangeSchema, teamMemberParams, teamParams, teamSchema, toTeam } from './schema.ts';

const TAGS = ['teams'];
const LIST = `${CONTROL_PREFIX}/teams`;
const ONE = `${LIST}/:team_id`;
const PLACE = `${ONE}/members/:member_id`;

/** `/teams`: members who share projects. */
export const teamRoutes: ControlRoutes = (app, services) => {
  readTeams(app, services);
  changeTeams(app, services);
  removeTeam(app, services);
  moveMembers(app, services);
};

const readTeams: ControlRoutes = (app, { teams }) => {
  app.get(
    LIST,
    route('teams.read', {
      operationId: 'listTeams',
      summary: 'Lists the teams.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(teamSchema) },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      const page = await readPage(request.query, (wanted) => teams.list(organizationId, wanted));
      return { data: page.rows.map(toTeam), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('teams.read', {
      operationId: 'getTeam',
      summary: 'Shows one team. Its members are listed by `GET /members?team_id=`.',
      tags: TAGS,
      params: teamParams,
      response: { 200: teamSchema },
    }),
    async (request) => {
      const team = await teams.get(tenantOf(request).organizationId, request.params.team_id);
      if (team === undefined) throw new GatewayError('resource.not_found');
      return toTeam(team);
    },
  );
};

const changeTeams: ControlRoutes = (app, { teams }) => {
  app.post(
    LIST,
    route('teams.write', {
      operationId: 'createTeam',
      summary: 'Makes a team.',
      tags: TAGS,
      body: newTeamSchema,
      response: { 201: teamSchema },
    }),
    async (request, reply) => {
      const team = await teams.create(tenantOf(request).organizationId, request.body.name);
      const after = toTeam(team);
      noteChange(request, { targetKind: 'team', targetId: team.id, after });
      return reply.code(201).send(after);
    },
  );
  app.patch(
    ONE,
    route('teams.write', {
      operationId: 'updateTeam',
      summary: 'Gives a team another name.',
      tags: TAGS,
      params: teamParams,
      body: teamChangeSchema,
      response: { 200: teamSchema },
    }),
    async (request) => {
      const { team_id: id } = request.params;
      const { organizationId } = tenantOf(request);
      const changed = await teams.rename(organizationId, { id, name: request.body.name }, ifRevisionOf(request));
      const after = toTeam(changed.after);
      noteChange(request, { targetKind: 'team', targetId: id, before: toTeam(changed.before), after });
      return after;
    },
  );
};

const removeTeam: ControlRoutes = (app, { teams }) => {
  app.delete(
    ONE,
    route('teams.write', {
      operationId: 'deleteTeam',
      summary: 'Removes a team to which no project belongs, with its rules and the connections that are its alone.',
      tags: TAGS,
      params: teamParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      const { team_id: id } = request.params;
      const team = await teams.remove(tenantOf(request).organizationId, id, ifRevisionOf(request));
      noteChange(request, { targetKind: 'team', targetId: id, before: toTeam(team) });
      return deleted(id);
    },
  );
};

const moveMembers: ControlRoutes = (app, { teams }) => {
  app.put(
    PLACE,
    route('teams.write', {
      operationId: 'addTeamMember',
      summary: 'Puts a member into a team; no matter if they are in it.',
      tags: TAGS,
      params: teamMemberParams,
      response: { 200: memberSchema },
    }),
    async (request) => answerMoved(request, await teams.addMember(tenantOf(request).organizationId, placeOf(request))),
  );
  app.delete(
    PLACE,
    route('teams.write', {
      operationId: 'removeTeamMember',
      summary: 'Takes a member out of a team; no matter if they are not in it.',
      tags: TAGS,
      params: teamMemberParams,
      response: { 200: memberSchema },
    }),
    async (request) =>
      answerMoved(request, await teams.removeMember(tenantOf(request).organizationId, placeOf(request))),
  );
};

function placeOf({ params }: { readonly params: { readonly team_id: string; readonly member_id: string } }) {
  return { teamId: params.team_id, memberId: params.member_id };
}

/** Whoever moves a member between teams may see who it is. */
function answerMoved(request: FastifyRequest, changed: Changed<MemberWithPerson>) {
  const after = toMember(changed.after);
  noteChange(request, { targetKind: 'member', targetId: after.id, before: toMember(changed.before), after });
  return after;
}
