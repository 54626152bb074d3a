import { GatewayError } from '../kernel/errors.ts';
import type { JsonValue } from '../kernel/json.ts';

const ID_CHARACTERS_MAX = 512;

/** The id of a film as a provider gives it. @throws GatewayError `upstream.invalid_answer` where it gives none */
export function filmId(value: JsonValue | undefined): string {
  if (typeof value === 'string' && value !== '' && value.length <= ID_CHARACTERS_MAX) return value;
  throw new GatewayError('upstream.invalid_answer', { message: 'The provider gave the film no id.' });
}

/** An id as a part of a path; one that holds slashes stays several parts, none of which can lead elsewhere. */
export function idPath(id: string): string {
  return id.split('/').map(segment).join('/');
}

/** An address below that of an operation, which may end in a query: `/videos?api-version=preview` → `/videos/x?…`. */
export function pathBelow(path: string, below: string): string {
  const query = path.indexOf('?');
  return query < 0 ? `${path}${below}` : `${path.slice(0, query)}${below}${path.slice(query)}`;
}

/** A part that is all dots would climb, and dots are not escaped by themselves. */
function segment(text: string): string {
  return /^\.+$/.test(text) ? text.replaceAll('.', '%2E') : encodeURIComponent(text);
}
