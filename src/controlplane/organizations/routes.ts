import { GatewayError } from '../../kernel/errors.ts';
import { ifRevisionOf } from '../etag.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, personOf, route, tenantOf } from '../http.ts';
import { invitationSchema, toInvitation } from '../invitations/schema.ts';
import { toMember } from '../members/schema.ts';
import { pageOf, readPage } from '../paging.ts';
import { toProject } from '../projects/schema.ts';
import { answerChanged } from './answer-changed.ts';
import { logoRoutes } from './logo-routes.ts';
import {
  createdOrganizationSchema,
  newOrganizationSchema,
  organizationChangeSchema,
  organizationParams,
  organizationQuerySchema,
  organizationSchema,
  ownChangeSchema,
  ownerInvitationSchema,
  reasonSchema,
  toOrganization,
  toOrganizationEdit,
} from './schema.ts';

const ALL_TAGS = ['organizations'];
const OWN_TAGS = ['organization'];
const LIST = `${CONTROL_PREFIX}/organizations`;
const ONE = `${LIST}/:organization_id`;
const OWN = `${CONTROL_PREFIX}/organization`;

/** `/organizations`: all of them, for the operator. `/organization`: the one that the call is about. */
export const organizationRoutes: ControlRoutes = (app, services) => {
  readOrganizations(app, services);
  makeOrganization(app, services);
  changeOrganization(app, services);
  endOrganization(app, services);
  ownOrganization(app, services);
  leaveOrganization(app, services);
  logoRoutes(app, services);
};

const readOrganizations: ControlRoutes = (app, { organizations }) => {
  app.get(
    LIST,
    route('organizations.read', {
      operationId: 'listOrganizations',
      summary: 'Lists all organizations.',
      tags: ALL_TAGS,
      querystring: organizationQuerySchema,
      response: { 200: pageOf(organizationSchema) },
    }),
    async (request) => {
      const { state, search } = request.query;
      const page = await readPage(request.query, (wanted) => organizations.list({ ...wanted, state, search }));
      return { data: page.rows.map(toOrganization), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('organizations.read', {
      operationId: 'getOrganization',
      summary: 'Shows one organization.',
      tags: ALL_TAGS,
      params: organizationParams,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const organization = await organizations.get(request.params.organization_id);
      if (organization === undefined) throw new GatewayError('resource.not_found');
      return toOrganization(organization);
    },
  );
};

const makeOrganization: ControlRoutes = (app, { organizations, invitations }) => {
  app.post(
    LIST,
    route('organizations.write', {
      operationId: 'createOrganization',
      summary: 'Makes an organization with its default project, and invites its owner where an address is given.',
      tags: ALL_TAGS,
      body: newOrganizationSchema,
      response: { 201: createdOrganizationSchema },
    }),
    async (request, reply) => {
      const { name, owner_email: ownerEmail } = request.body;
      const { organization, project } = await organizations.create({ name, kind: 'standard', ownerId: undefined });
      const shown = toOrganization(organization);
      noteChange(request, { targetKind: 'organization', targetId: organization.id, after: shown });
      const invitation =
        ownerEmail === undefined ? undefined : await invitations.inviteOwner(organization.id, ownerEmail);
      return reply.code(201).send({
        organization: shown,
        default_project: toProject(project),
        owner_invitation: invitation && toInvitation(invitation, organization.createdAt),
      });
    },
  );
  app.post(
    `${ONE}/owner-invitation`,
    route('organizations.write', {
      operationId: 'inviteOrganizationOwner',
      summary: 'Invites an owner into an organization that has none who can act.',
      tags: ALL_TAGS,
      params: organizationParams,
      body: ownerInvitationSchema,
      response: { 201: invitationSchema },
    }),
    async (request, reply) => {
      const invitation = await invitations.inviteOwner(request.params.organization_id, request.body.email);
      const shown = toInvitation(invitation, invitation.createdAt);
      noteChange(request, { targetKind: 'invitation', targetId: invitation.id, after: shown });
      return reply.code(201).send(shown);
    },
  );
};

const changeOrganization: ControlRoutes = (app, { organizations }) => {
  app.patch(
    ONE,
    route('organizations.write', {
      operationId: 'updateOrganization',
      summary: 'Changes the fields that are sent.',
      tags: ALL_TAGS,
      params: organizationParams,
      body: organizationChangeSchema,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organization_id: id } = request.params;
      const edit = toOrganizationEdit(request.body);
      return answerChanged(request, await organizations.update(id, edit, ifRevisionOf(request)));
    },
  );
};

const endOrganization: ControlRoutes = (app, { organizations }) => {
  app.post(
    `${ONE}/suspend`,
    route('organizations.write', {
      operationId: 'suspendOrganization',
      summary: 'Ends calls with its keys, and what its members may do, until it is reactivated.',
      tags: ALL_TAGS,
      params: organizationParams,
      body: reasonSchema,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organization_id: id } = request.params;
      return answerChanged(request, await organizations.suspend(id, request.body.reason, ifRevisionOf(request)));
    },
  );
  app.post(
    `${ONE}/reactivate`,
    route('organizations.write', {
      operationId: 'reactivateOrganization',
      summary: 'Ends a suspension.',
      tags: ALL_TAGS,
      params: organizationParams,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organization_id: id } = request.params;
      return answerChanged(request, await organizations.reactivate(id, ifRevisionOf(request)));
    },
  );
  app.post(
    `${ONE}/close`,
    route('organizations.write', {
      operationId: 'closeOrganization',
      summary: 'Ends an organization for good, with its keys, members and invitations; its usage stays on record.',
      tags: ALL_TAGS,
      params: organizationParams,
      body: reasonSchema,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organization_id: id } = request.params;
      return answerChanged(request, await organizations.close(id, request.body.reason, ifRevisionOf(request)));
    },
  );
};

const ownOrganization: ControlRoutes = (app, { organizations }) => {
  app.get(
    OWN,
    route('organization.read', {
      operationId: 'getOwnOrganization',
      summary: 'Shows the organization that the call is about.',
      tags: OWN_TAGS,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const organization = await organizations.get(tenantOf(request).organizationId);
      if (organization === undefined) throw new GatewayError('resource.not_found');
      return toOrganization(organization);
    },
  );
  app.patch(
    OWN,
    route('organization.write', {
      operationId: 'updateOwnOrganization',
      summary: 'Changes the fields that are sent.',
      tags: OWN_TAGS,
      body: ownChangeSchema,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      const edit = toOrganizationEdit(request.body);
      return answerChanged(request, await organizations.update(organizationId, edit, ifRevisionOf(request)));
    },
  );
  app.post(
    `${OWN}/close`,
    route('organization.close', {
      operationId: 'closeOwnOrganization',
      summary: 'Ends the organization for good, with its keys, members and invitations; its usage stays on record.',
      tags: OWN_TAGS,
      response: { 200: organizationSchema },
    }),
    async (request) => {
      const { organizationId } = tenantOf(request);
      return answerChanged(request, await organizations.close(organizationId, undefined, ifRevisionOf(request)));
    },
  );
};

const leaveOrganization: ControlRoutes = (app, { members }) => {
  app.post(
    `${OWN}/leave`,
    route('organization.read', {
      operationId: 'leaveOwnOrganization',
      summary: 'Ends the caller’s own membership, and with it their keys there. The last owner stays.',
      tags: OWN_TAGS,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      // A key never ends its owner's membership.
      personOf(request);
      const member = await members.leave(accessOf(request));
      noteChange(request, { targetKind: 'member', targetId: member.id, before: toMember(member) });
      return deleted(member.id);
    },
  );
};
