import type { FastifyRequest } from 'fastify';
import type { Changed } from '../../identity/people-ports.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Project } from '../../protocol/people.ts';
import { ifRevisionOf } from '../etag.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { pageOf, readPage } from '../paging.ts';
import {
  newProjectSchema,
  projectChangeSchema,
  projectParams,
  projectQuerySchema,
  projectSchema,
  toProject,
} from './schema.ts';

const TAGS = ['projects'];
const LIST = `${CONTROL_PREFIX}/projects`;
const ONE = `${LIST}/:project_id`;

/** `/projects`: what keys belong to and usage is counted for; those that the caller may use. */
export const projectRoutes: ControlRoutes = (app, services) => {
  readProjects(app, services);
  changeProjects(app, services);
  archiveProjects(app, services);
};

const readProjects: ControlRoutes = (app, { projects }) => {
  app.get(
    LIST,
    route('projects.read', {
      operationId: 'listProjects',
      summary:
        'Lists the projects that the caller may use: developers and viewers have those of no team and of theirs.',
      tags: TAGS,
      querystring: projectQuerySchema,
      response: { 200: pageOf(projectSchema) },
    }),
    async (request) => {
      const { archived } = request.query;
      const isArchived = archived === undefined ? undefined : archived === 'true';
      const access = accessOf(request);
      const page = await readPage(request.query, (wanted) => projects.list(access, { ...wanted, isArchived }));
      return { data: page.rows.map(toProject), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('projects.read', {
      operationId: 'getProject',
      summary: 'Shows one project.',
      tags: TAGS,
      params: projectParams,
      response: { 200: projectSchema },
    }),
    async (request) => {
      const project = await projects.get(accessOf(request), request.params.project_id);
      if (project === undefined) throw new GatewayError('resource.not_found');
      return toProject(project);
    },
  );
};

const changeProjects: ControlRoutes = (app, { projects }) => {
  app.post(
    LIST,
    route('projects.write', {
      operationId: 'createProject',
      summary: 'Makes a project.',
      tags: TAGS,
      body: newProjectSchema,
      response: { 201: projectSchema },
    }),
    async (request, reply) => {
      const { name, team_id: teamId } = request.body;
      const after = toProject(await projects.create(accessOf(request), { name, teamId }));
      noteChange(request, { targetKind: 'project', targetId: after.id, after });
      return reply.code(201).send(after);
    },
  );
  app.patch(
    ONE,
    route('projects.write', {
      operationId: 'updateProject',
      summary: 'Changes the fields that are sent.',
      tags: TAGS,
      params: projectParams,
      body: projectChangeSchema,
      response: { 200: projectSchema },
    }),
    async (request) => {
      const { name, team_id: teamId } = request.body;
      const { project_id: id } = request.params;
      return answerChanged(
        request,
        await projects.update(accessOf(request), id, { name, teamId }, ifRevisionOf(request)),
      );
    },
  );
};

const archiveProjects: ControlRoutes = (app, { projects }) => {
  app.post(
    `${ONE}/archive`,
    route('projects.write', {
      operationId: 'archiveProject',
      summary: 'Ends a project’s keys and sets it aside; its usage stays.',
      tags: TAGS,
      params: projectParams,
      response: { 200: projectSchema },
    }),
    async (request) =>
      answerChanged(
        request,
        await projects.archive(accessOf(request), request.params.project_id, ifRevisionOf(request)),
      ),
  );
  app.post(
    `${ONE}/unarchive`,
    route('projects.write', {
      operationId: 'unarchiveProject',
      summary: 'Brings a project back, without the keys that it had.',
      tags: TAGS,
      params: projectParams,
      response: { 200: projectSchema },
    }),
    async (request) =>
      answerChanged(
        request,
        await projects.unarchive(accessOf(request), request.params.project_id, ifRevisionOf(request)),
      ),
  );
};

function answerChanged(request: FastifyRequest, changed: Changed<Project>) {
  const after = toProject(changed.after);
  noteChange(request, { targetKind: 'project', targetId: after.id, before: toProject(changed.before), after });
  return after;
}
