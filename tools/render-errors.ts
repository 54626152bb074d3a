import type { ErrorEntry } from '../src/kernel/error-entry.ts';
import { ERRORS } from '../src/kernel/errors.ts';

const AREAS: Readonly<Record<string, string>> = {
  auth: 'Virtual keys and the admin token',
  model: 'Models',
  provider: 'Providers and connections',
  request: 'The request itself',
  route: 'Addresses of the hub',
  resource: 'Things in the control API',
  upstream: 'The provider’s side',
  egress: 'Where the hub may connect to',
  client: 'The caller',
  hub: 'The state of the hub',
  vault: 'Stored secrets',
  internal: 'Faults of the hub',
};

const HEAD = `# Errors

Every error that a caller can see has a stable code. \`src/kernel/errors.ts\` is the catalogue; this page is made from it by
\`node tools/write-docs.ts\`, and a test holds the two together. SDKs are told not to retry by \`x-should-retry: false\` where
the column says no. The provider's own message, if there is one, stands apart from the hub's.
`;

/** Writes docs/errors.md: the catalogue grouped by the word before the dot. */
export function renderErrors(): string {
  const areas = new Map<string, string[]>();
  for (const [code, entry] of Object.entries<ErrorEntry>(ERRORS)) {
    const [area = ''] = code.split('.');
    const retry = entry.retryable ? 'yes' : 'no';
    const row = `| \`${code}\` | ${entry.status} | ${retry} | ${cell(entry.message)} | ${cell(entry.remedy)} |`;
    areas.set(area, [...(areas.get(area) ?? []), row]);
  }
  const sections = [...areas].map(([area, rows]) => {
    const head = '| Code | Status | Retry | Meaning | What to do |\n| --- | --- | --- | --- | --- |';
    return `## ${AREAS[area] ?? area}\n\n${head}\n${rows.join('\n')}\n`;
  });
  return [HEAD, ...sections].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
