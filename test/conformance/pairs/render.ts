import { ANSWER_FEATURES } from './answer-features.ts';
import type { Cell } from './cell.ts';
import type { Matrix, Row } from './matrix.ts';
import { PROVIDERS } from './providers.ts';
import { REQUEST_FEATURES } from './request-features.ts';

const NAMES: Readonly<Record<string, string>> = {
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  'anthropic-messages': 'Anthropic Messages',
  'gemini-generate': 'Gemini',
  'bedrock-converse': 'Bedrock Converse',
  'ollama-chat': 'Ollama',
  'aigne-chat': 'AIGNE API',
  'aigne-framework': 'AIGNE framework',
};

const HEAD = `# Conformance

What becomes of each feature between a caller of one wire format and a provider of another. This page is written by
\`UPDATE_CONFORMANCE=1 npm test -- test/conformance/pairs.test.ts\`; a test fails when it is not what the hub does.

A request is what a caller of that format writes, looked for in what the provider receives; the provider is strict with
its format and has to take it. An answer is what a provider of that format gives, whole and streamed, looked for in what
the caller reads. Neither side is read by the code that wrote it. Where both formats are the same, bytes go on as they
came ([0002](decisions/0002-bytes-pass-through.md)).

| In a cell | It means |
| --- | --- |
| ✓ | it arrives |
| \`field\` | something of it is lost, and told by this name: in \`x-hub-losses\`, in the request record, and by a refusal to callers who want no losses |
| – | it cannot be said, by the caller’s format or the provider’s; the note tells why |

Nothing is lost in silence: such a cell fails the test. What may be asked depends on the model in places; those asked here
are ${models()}.
`;

/** The whole page. */
export function renderMatrix(matrix: Matrix): string {
  return [HEAD, ...[...matrix].map(([caller, rows]) => renderCaller(caller, rows))].join('\n');
}

function models(): string {
  const names = [...new Set(Object.values(PROVIDERS).map(({ model }) => `\`${model}\``))];
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function renderCaller(caller: string, rows: readonly Row[]): string {
  const notes: string[] = [];
  const table = (about: 'request' | 'answer'): string =>
    rows
      .filter((row) => row.about === about)
      .map((row) => `| ${titleOf(row)} | ${row.cells.map((cell) => renderCell(cell, notes)).join(' | ')} |`)
      .join('\n');
  const columns = Object.keys(PROVIDERS).map((provider) => NAMES[provider] ?? provider);
  const head = (first: string): string =>
    `| ${first} | ${columns.join(' | ')} |\n| --- |${' --- |'.repeat(columns.length)}`;
  const tables = [`${head('What is asked')}\n${table('request')}`, `${head('What is answered')}\n${table('answer')}`];
  const list = notes.map((note, index) => `${index + 1}. ${note}`).join('\n');
  return `## A caller of ${NAMES[caller] ?? caller} (\`${caller}\`)\n\n${tables.join('\n\n')}\n\nNotes:\n\n${list}\n`;
}

function titleOf({ about, feature }: Row): string {
  const titles: Readonly<Record<string, { readonly title: string }>> =
    about === 'request' ? REQUEST_FEATURES : ANSWER_FEATURES;
  return titles[feature]?.title ?? feature;
}

function renderCell(cell: Cell, notes: string[]): string {
  switch (cell.kind) {
    case 'pass':
      return '✓';
    case 'loss':
      return cell.fields.map((field) => `\`${field}\``).join(', ');
    case 'impossible': {
      if (!notes.includes(cell.why)) notes.push(cell.why);
      return `– (${notes.indexOf(cell.why) + 1})`;
    }
    case 'refused':
      return `**refused**: ${cell.why}`;
    case 'silent':
      return `**lost in silence**: ${cell.what}`;
  }
}
