import { z } from 'zod';
import type { MemberWithPerson } from '../../identity/people-ports.ts';
import { idField, revisionField, roleField, searchField, timeField, toTime } from '../fields.ts';
import { pageQuery } from '../paging.ts';

export const memberSchema = z.strictObject({
  id: z.string(),
  user_id: z.string(),
  email: z.string().optional(),
  name: z.string().optional(),
  role: roleField,
  state: z.enum(['active', 'suspended']).describe('Whether they may do anything in this organization.'),
  user_state: z
    .enum(['awaiting_approval', 'active', 'suspended', 'closed', 'erased'])
    .describe('The state of their account, wherever they are members.'),
  team_ids: z.array(z.string()),
  created_at: timeField,
  revision: revisionField,
});

export const memberParams = z.strictObject({ member_id: idField });

export const memberQuerySchema = z.strictObject({
  ...pageQuery,
  team_id: idField.optional(),
  search: searchField.optional().describe('A part of the name or the address.'),
});

export const memberChangeSchema = z.strictObject({ role: roleField }).meta({ examples: [{ role: 'developer' }] });

export function toMember(member: MemberWithPerson): z.output<typeof memberSchema> {
  const { person } = member;
  return {
    id: member.id,
    user_id: member.userId,
    email: person.email,
    name: person.name,
    role: member.role,
    state: member.state,
    user_state: person.state,
    team_ids: [...member.teamIds],
    created_at: toTime(member.createdAt),
    revision: member.revision,
  };
}
