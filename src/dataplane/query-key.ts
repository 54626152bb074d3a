import type { IncomingMessage } from 'node:http';

/** Where Google's clients send a key in the address: https://cloud.google.com/docs/authentication/api-keys-use */
const KEY = 'key';
const HEADER = 'x-goog-api-key';

/**
 * Moves a key out of the address to where it belongs, so that whoever looks at the address later sees none; a header that
 * holds one counts before it. Proxies on the way have seen it all the same, and may have logged it.
 */
export function takeQueryKey({ headers, url = '/' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  if (mark < 0) return url;
  const query = new URLSearchParams(url.slice(mark + 1));
  const key = query.get(KEY);
  if (key === null) return url;
  headers[HEADER] ??= key;
  query.delete(KEY);
  const rest = query.toString();
  return rest === '' ? url.slice(0, mark) : `${url.slice(0, mark)}?${rest}`;
}
