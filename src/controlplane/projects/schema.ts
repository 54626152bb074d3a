import { z } from 'zod';
import type { Project } from '../../protocol/people.ts';
import { flagField, idField, nameField, revisionField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';
import { pageQuery } from '../paging.ts';

export const projectSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  team_id: z.string().optional().describe('Whose it is. Missing: everybody’s in the organization.'),
  is_default: z.boolean().describe('Whether it is meant where no project is named.'),
  archived_at: timeField.optional(),
  created_at: timeField,
  revision: revisionField,
});

export const projectParams = z.strictObject({ project_id: idField });

export const projectQuerySchema = z.strictObject({
  ...pageQuery,
  archived: flagField.optional().describe('Missing: both.'),
});

export const newProjectSchema = z
  .strictObject({ name: nameField, team_id: idField.optional() })
  .meta({ examples: [{ name: 'website' }] });

export const projectChangeSchema = z
  .strictObject({
    name: nameField.optional(),
    team_id: idField.nullable().optional().describe('`null`: everybody’s in the organization.'),
  })
  .meta({ examples: [{ name: 'website', team_id: null }] });

export function toProject(project: Project): z.output<typeof projectSchema> {
  return {
    id: project.id,
    name: project.name,
    team_id: project.teamId,
    is_default: project.isDefault,
    archived_at: toTimeOrUndefined(project.archivedAt),
    created_at: toTime(project.createdAt),
    revision: project.revision,
  };
}
