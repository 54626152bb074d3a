import { z } from 'zod';
import type { OrganizationEdit } from '../../identity/organizations.ts';
import type { Organization } from '../../protocol/people.ts';
import {
  emailField,
  idField,
  nameField,
  reasonField,
  revisionField,
  searchField,
  timeField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { invitationSchema } from '../invitations/schema.ts';
import { pageQuery } from '../paging.ts';
import { projectSchema } from '../projects/schema.ts';

const stateField = z.enum(['active', 'suspended', 'closed']);
const useField = z
  .enum(['first', 'only'])
  .describe('Whether provider credentials of its own are tried before the operator’s, or are the only ones.');

export const organizationSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['standard', 'personal']).describe('`personal` is made for whoever signs up.'),
  state: stateField,
  state_reason: z.string().optional(),
  state_changed_at: timeField.optional(),
  own_credentials_allowed: z
    .boolean()
    .optional()
    .describe('Whether it may add provider credentials of its own. Missing: as the installation says.'),
  own_credentials_use: useField,
  created_at: timeField,
  revision: revisionField,
});

export const organizationParams = z.strictObject({ organization_id: idField });

export const organizationQuerySchema = z.strictObject({
  ...pageQuery,
  state: stateField.optional(),
  search: searchField.optional().describe('A part of the name.'),
});

export const newOrganizationSchema = z
  .strictObject({
    name: nameField,
    owner_email: emailField.optional().describe('Whom to invite as its owner.'),
  })
  .meta({ examples: [{ name: 'Acme', owner_email: 'ada@example.com' }] });

export const createdOrganizationSchema = z.strictObject({
  organization: organizationSchema,
  default_project: projectSchema,
  owner_invitation: invitationSchema.optional(),
});

export const ownerInvitationSchema = z
  .strictObject({ email: emailField })
  .meta({ examples: [{ email: 'ada@example.com' }] });

/** What the operator changes of an organization. */
export const organizationChangeSchema = z
  .strictObject({
    name: nameField.optional(),
    own_credentials_allowed: z.boolean().nullable().optional().describe('`null`: as the installation says.'),
  })
  .meta({ examples: [{ own_credentials_allowed: true }] });

/** What the organization changes of itself. */
export const ownChangeSchema = z
  .strictObject({ name: nameField.optional(), own_credentials_use: useField.optional() })
  .meta({ examples: [{ own_credentials_use: 'only' }] });

export const reasonSchema = z.strictObject({ reason: reasonField }).meta({ examples: [{ reason: 'unpaid' }] });

export function toOrganization(organization: Organization): z.output<typeof organizationSchema> {
  return {
    id: organization.id,
    name: organization.name,
    kind: organization.kind,
    state: organization.state,
    state_reason: organization.stateReason,
    state_changed_at: toTimeOrUndefined(organization.stateChangedAt),
    own_credentials_allowed: organization.ownCredentialsAllowed,
    own_credentials_use: organization.ownCredentialsUse,
    created_at: toTime(organization.createdAt),
    revision: organization.revision,
  };
}

export function toOrganizationEdit(
  body: z.output<typeof organizationChangeSchema> & z.output<typeof ownChangeSchema>,
): OrganizationEdit {
  return {
    name: body.name,
    ownCredentialsAllowed: body.own_credentials_allowed,
    ownCredentialsUse: body.own_credentials_use,
  };
}
