import type { FastifyRequest } from 'fastify';
import type { Changed } from '../../identity/people-ports.ts';
import type { Organization } from '../../protocol/people.ts';
import { noteChange } from '../http.ts';
import { toOrganization } from './schema.ts';

/** Tells the audit log of a change, and answers with what it made of the organization. */
export function answerChanged(request: FastifyRequest, { before, after }: Changed<Organization>) {
  const shown = toOrganization(after);
  noteChange(request, {
    targetKind: 'organization',
    targetId: after.id,
    before: toOrganization(before),
    after: shown,
  });
  return shown;
}
