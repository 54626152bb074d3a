import { BASE } from '../../api/call.ts';

/** The same call as a command; the secret is the reader's own. */
export function codeOf(body: object): string {
  const json = JSON.stringify(body, undefined, 2).replaceAll("'", "'\\''");
  return [
    `curl ${location.origin}${BASE}/v1/chat/completions \\`,
    '  -H "Authorization: Bearer $HUB_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${json}'`,
  ].join('\n');
}
