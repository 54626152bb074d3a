import { z } from 'zod';
import type { Team } from '../../protocol/people.ts';
import { idField, nameField, revisionField, timeField, toTime } from '../fields.ts';

export const teamSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  created_at: timeField,
  revision: revisionField,
});

export const teamParams = z.strictObject({ team_id: idField });
export const teamMemberParams = z.strictObject({ team_id: idField, member_id: idField });

export const newTeamSchema = z.strictObject({ name: nameField }).meta({ examples: [{ name: 'search' }] });
export const teamChangeSchema = z.strictObject({ name: nameField }).meta({ examples: [{ name: 'search' }] });

export function toTeam(team: Team): z.output<typeof teamSchema> {
  return { id: team.id, name: team.name, created_at: toTime(team.createdAt), revision: team.revision };
}
