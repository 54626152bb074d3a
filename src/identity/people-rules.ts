import { GatewayError } from '../kernel/errors.ts';
import { unfit } from '../kernel/invalid.ts';
import type { Access, Role } from '../protocol/people.ts';
import { mayGiveRole } from './roles.ts';

/** What the services of organizations, teams, projects, members and service accounts have in common. */

const NAME_CHARS_MAX = 100;

/** A name that people choose, without spaces around it. @throws request.invalid */
export function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw unfit('name', 'A name is needed.');
  if (trimmed.length > NAME_CHARS_MAX) throw unfit('name', `A name has at most ${NAME_CHARS_MAX} characters.`);
  if (/\p{Cc}/u.test(trimmed)) throw unfit('name', 'A name has no control characters.');
  return trimmed;
}

/** What stands in the way of a change, in a sentence. */
export function conflict(message: string, param?: string): GatewayError {
  return new GatewayError('resource.conflict', { message, param });
}

/** @throws resource.conflict */
export function assertNameFree(isNameTaken: boolean, noun: string): void {
  if (isNameTaken) throw conflict(`A ${noun} of that name exists.`, 'name');
}

/** @throws resource.conflict */
export function assertRoomFor(count: number, max: number, nouns: string): void {
  if (count >= max) throw conflict(`There are ${max} ${nouns} already; no more are kept.`);
}

/** @throws access.denied where the role stands above the caller's own */
export function assertWithinOwnRole(access: Pick<Access, 'role'>, role: Role): void {
  if (mayGiveRole(access.role, role)) return;
  throw new GatewayError('access.denied', {
    message: `Only who has the role ${role} or one above it may do this.`,
    details: { role },
  });
}
