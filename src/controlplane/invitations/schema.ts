import { z } from 'zod';
import { INVITATION_TEAMS_MAX } from '../../identity/invitations.ts';
import type { Invitation } from '../../protocol/people.ts';
import { emailField, idField, roleField, timeField, toTime, toTimeOrUndefined } from '../fields.ts';

/** An invitation without its link, which only the mail holds. */
export const invitationSchema = z.strictObject({
  id: z.string(),
  email: z.string().optional(),
  role: roleField,
  team_ids: z.array(z.string()),
  state: z.enum(['open', 'accepted', 'revoked', 'expired']),
  invited_by: z.string().optional().describe('The member or service account that sent it. Missing: the operator did.'),
  created_at: timeField,
  expires_at: timeField,
  accepted_at: timeField.optional(),
  revoked_at: timeField.optional(),
});

export const invitationParams = z.strictObject({ invitation_id: idField });

export const newInvitationSchema = z
  .strictObject({ email: emailField, role: roleField, team_ids: z.array(idField).max(INVITATION_TEAMS_MAX).optional() })
  .meta({ examples: [{ email: 'bob@example.com', role: 'developer' }] });

/** `nowMs` decides whether the link is too old. */
export function toInvitation(invitation: Invitation, nowMs: number): z.output<typeof invitationSchema> {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    team_ids: [...invitation.teamIds],
    state: stateOf(invitation, nowMs),
    invited_by: invitation.invitedBy,
    created_at: toTime(invitation.createdAt),
    expires_at: toTime(invitation.expiresAt),
    accepted_at: toTimeOrUndefined(invitation.acceptedAt),
    revoked_at: toTimeOrUndefined(invitation.revokedAt),
  };
}

function stateOf(invitation: Invitation, nowMs: number): z.output<typeof invitationSchema>['state'] {
  if (invitation.acceptedAt !== undefined) return 'accepted';
  if (invitation.revokedAt !== undefined) return 'revoked';
  return invitation.expiresAt <= nowMs ? 'expired' : 'open';
}
