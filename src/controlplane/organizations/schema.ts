import { z } from 'zod';
import { LOGO_BYTES_MAX } from '../../identity/logo.ts';
import type { OrganizationEdit } from '../../identity/organizations.ts';
import type { Brand, Organization } from '../../protocol/people.ts';
import { brokenStreamPolicyField } from '../credit/schema.ts';
import { exportOrganizationField as linkedOrganizationField } from '../exports.ts';
import {
  colourField,
  emailField,
  externalIdField,
  idField,
  nameField,
  reasonField,
  revisionField,
  searchField,
  shadesField,
  supportAddressField,
  timeField,
  toShades,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { invitationSchema } from '../invitations/schema.ts';
import { pageQuery } from '../paging.ts';
import { projectSchema } from '../projects/schema.ts';

/** Four characters hold three bytes. */
const LOGO_BASE64_CHARS_MAX = Math.ceil(LOGO_BYTES_MAX / 3) * 4;

const stateField = z.enum(['active', 'suspended', 'closed']);
const useField = z
  .enum(['first', 'only'])
  .describe('Whether provider credentials of its own are tried before the operator’s, or are the only ones.');

const brandSchema = z
  .strictObject({
    title: nameField.optional(),
    accent: colourField.optional(),
    accent_shades: shadesField.optional().describe('What the accent becomes in each theme.'),
    support_address: supportAddressField.optional(),
    logo_version: z.string().optional().describe('Changes with the logo; missing where there is none.'),
  })
  .describe('How the dashboard looks to its people. What is missing is as the installation has it.');

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
  broken_stream_policy: brokenStreamPolicyField.describe('What it pays for answers that break off.'),
  brand: brandSchema,
  external_id: z.string().optional().describe('What a platform calls it that sells it credit.'),
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
    external_id: externalIdField.nullable().optional().describe('`null`: no platform knows it any more.'),
  })
  .meta({ examples: [{ own_credentials_allowed: true, external_id: 'acme-42' }] });

/** What the organization changes of itself. */
export const ownChangeSchema = z
  .strictObject({
    name: nameField.optional(),
    own_credentials_use: useField.optional(),
    brand: z
      .strictObject({
        title: nameField.nullable().optional(),
        accent: colourField.nullable().optional(),
        support_address: supportAddressField.nullable().optional(),
      })
      .optional()
      .describe('What is missing stays; `null`: as the installation has it.'),
  })
  .meta({ examples: [{ own_credentials_use: 'only', brand: { title: 'Acme AI', accent: '#0f766e' } }] });

export const logoSchema = z
  .strictObject({
    data: z
      .base64()
      .max(LOGO_BASE64_CHARS_MAX)
      .describe('A PNG, JPEG or WebP of at most 256 KiB and 2048 × 2048 pixels, in base64.'),
  })
  .meta({
    examples: [
      {
        data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      },
    ],
  });

export const logoQuerySchema = z.strictObject({
  organization_id: linkedOrganizationField,
  version: z.string().max(64).optional().describe('The `logo_version` that is looked for: its answer may be kept.'),
});

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
    broken_stream_policy: organization.brokenStreamPolicy,
    brand: toBrand(organization.brand),
    external_id: organization.externalId,
    created_at: toTime(organization.createdAt),
    revision: organization.revision,
  };
}

function toBrand({ title, accent, supportAddress, logoVersion }: Brand): z.output<typeof brandSchema> {
  return {
    title,
    accent,
    accent_shades: accent === undefined ? undefined : toShades(accent),
    support_address: supportAddress,
    logo_version: logoVersion,
  };
}

export function toOrganizationEdit(
  body: z.output<typeof organizationChangeSchema> & z.output<typeof ownChangeSchema>,
): OrganizationEdit {
  return {
    name: body.name,
    ownCredentialsAllowed: body.own_credentials_allowed,
    externalId: body.external_id,
    ownCredentialsUse: body.own_credentials_use,
    brand: body.brand && {
      title: body.brand.title,
      accent: body.brand.accent,
      supportAddress: body.brand.support_address,
    },
  };
}
