import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, parseJson } from '../src/kernel/json.ts';
import { type Case, casesOf } from '../test/conformance/cases.ts';
import { ERROR_CLASSES, type ErrorClass, type ProviderCase } from '../test/e2e/providers/provider-case.ts';

/** Writes the tables of docs/providers/: what the catalogue says, and what shows that it works. */

const ROOT = join(import.meta.dirname, '..');
const CATALOGUE = join(ROOT, 'src', 'providers', 'catalogue');
const TEST = '[`providers.test.ts`](../../test/e2e/providers.test.ts)';
const NOT_TOLD = 'the provider does not tell it apart';

/** The words by which fixtures say what they cover, for each class of errors. */
const ERROR_WORDS: Readonly<Record<ErrorClass, readonly string[]>> = {
  'bad request': ['error-bad-request'],
  'credential rejected': ['error-auth'],
  'not found': ['error-not-found'],
  'rate limit': ['error-rate-limit'],
  overloaded: ['error-overload'],
  'content policy': ['safety-block'],
};

/** Puts fresh tables between the marks of a provider's page. @throws Error when marks are missing */
export function withProviderTables(page: string, provider: ProviderCase): string {
  const ways = chatAndMore(provider.entry);
  const filled = between(page, 'operations', operationsTable(ways));
  return between(filled, 'cases', casesTable(provider, ways));
}

type Way = {
  readonly operation: string;
  readonly dialect: string;
  readonly path: string;
  readonly relativeTo: string | undefined;
  readonly models: readonly string[];
  readonly only: readonly string[];
};

function chatAndMore(entry: string): readonly Way[] {
  const document = parseJson(readFileSync(join(CATALOGUE, `${entry}.json`), 'utf8'));
  const speaks = isJsonObject(document) ? document['speaks'] : undefined;
  if (!Array.isArray(speaks)) throw new Error(`the entry ${entry} speaks nothing`);
  return speaks.filter((way) => isJsonObject(way)).map(readWay);
}

function readWay(way: JsonObject): Way {
  const textOf = (name: string): string | undefined => (typeof way[name] === 'string' ? way[name] : undefined);
  const textsOf = (name: string): string[] => {
    const value = way[name];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  };
  return {
    operation: textOf('operation') ?? '',
    dialect: textOf('dialect') ?? '',
    path: textOf('path') ?? '',
    relativeTo: textOf('relativeTo'),
    models: textsOf('models'),
    only: textsOf('only'),
  };
}

function operationsTable(ways: readonly Way[]): string {
  const rows = ways.map(({ operation, dialect, path, relativeTo, models, only }) => {
    const where = `\`${path}\`${relativeTo === 'origin' ? ' at the origin' : ''}`;
    const served = models.length === 0 ? 'all' : `only ${listOf(models)}`;
    const bound = only.length === 0 ? '' : `; the only way for ${listOf(only)}`;
    return `| ${operation} | \`${dialect}\` | ${where} | ${served}${bound} |`;
  });
  return ['| Operation | Dialect | Path | Models |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

type Row = {
  readonly name: string;
  /** The test's own name. */
  readonly test: string;
  readonly words: readonly string[];
  readonly docs: string;
  readonly isRecorded: boolean;
};

function casesTable(provider: ProviderCase, ways: readonly Way[]): string {
  const dialect = ways.find(({ operation }) => operation === 'chat')?.dialect ?? '';
  const fixtures = casesOf(dialect).filter(({ meta }) => meta.face !== 'inbound');
  const told = [...successRows(provider), ...errorRows(provider)].map((row) => {
    if (typeof row === 'string') return row;
    const shown = row.words.flatMap((word) => fixtureFor(fixtures, word, row.docs) ?? []);
    const isRecorded =
      row.isRecorded || shown.some(({ meta }) => meta.source === 'recorded' && isOfSameHost(meta.docs, row.docs));
    const links = [...new Set(shown)].map(({ name }) => `[${name}](../../src/dialects/${dialect}/fixtures/${name})`);
    const form = `${isRecorded ? 'recorded' : 'from documentation'}: <${row.docs}>`;
    return `| ${row.name} | ${row.test} | ${links.join(', ')} | ${form} |`;
  });
  const head = [`| Case | Test of ${TEST} | Fixtures of \`${dialect}\` | Form |`, '| --- | --- | --- | --- |'];
  return [...head, ...told].join('\n');
}

function successRows(provider: ProviderCase): readonly (Row | string)[] {
  const { docs, models, recorded, tellsCached, tellsReasoning, tellsWrites } = provider;
  const isRecorded = (name: 'chat' | 'stream' | 'tools' | 'usage'): boolean => recorded?.cases.includes(name) === true;
  const books = 'books what was cached and thought, and what it costs';
  const usage = { test: books, docs: docs.usage, isRecorded: isRecorded('usage') };
  const cacheWords = ['cached-usage', ...(tellsWrites.length === 0 ? [] : ['cache-write-usage'])];
  return [
    models.path === ''
      ? '| model list | lists its models |  | named in the entry |'
      : { name: 'model list', test: 'lists its models', words: [], docs: models.docs, isRecorded: false },
    { name: 'chat', test: 'answers a chat', words: ['text'], docs: docs.chat, isRecorded: isRecorded('chat') },
    { name: 'stream', test: 'streams', words: ['text-stream'], docs: docs.stream, isRecorded: isRecorded('stream') },
    {
      name: 'tools, two turns',
      test: 'lets the model call a tool, and reads its result on the next turn',
      words: ['tool-call', 'tool-call-stream', 'tool-result'],
      docs: docs.tools,
      isRecorded: isRecorded('tools'),
    },
    tellsCached
      ? { name: 'usage with cache', words: cacheWords, ...usage }
      : `| usage with cache | ${books} |  | ${NOT_TOLD} |`,
    tellsReasoning
      ? { name: 'usage with reasoning', words: ['reasoning'], ...usage }
      : `| usage with reasoning | ${books} |  | ${NOT_TOLD} |`,
    {
      name: 'Responses format',
      test: 'answers in the Responses format, too',
      words: [],
      docs: docs.chat,
      isRecorded: false,
    },
  ];
}

function errorRows({ errors }: ProviderCase): readonly (Row | string)[] {
  return ERROR_CLASSES.map((errorClass) => {
    const documented = errors[errorClass];
    if ('none' in documented) return `| ${errorClass} |  |  | ${documented.none} |`;
    const outcome = 'ending' in documented ? 'is the end of an answer' : 'is thrown as the SDK’s own error';
    const isCredential = errorClass === 'credential rejected';
    const test = isCredential ? 'is the operator’s trouble: the credential is set aside until it works again' : outcome;
    return { name: errorClass, test, words: ERROR_WORDS[errorClass], docs: documented.docs, isRecorded: false };
  });
}

/** The fixture that shows it best: one from the same documentation, else a recorded one, else the first by name. */
function fixtureFor(fixtures: readonly Case[], word: string, docs: string): Case | undefined {
  const rank = ({ meta }: Case): number => {
    if (!isOfSameHost(meta.docs, docs)) return 0;
    return meta.source === 'recorded' ? 2 : 1;
  };
  return fixtures
    .filter(({ meta }) => meta.covers.includes(word))
    .toSorted((a, b) => rank(b) - rank(a) || a.name.length - b.name.length || a.name.localeCompare(b.name, 'en'))[0];
}

function isOfSameHost(a: string, b: string): boolean {
  return new URL(a).host === new URL(b).host;
}

function between(page: string, name: string, table: string): string {
  const begin = `<!-- ${name} -->\n\n`;
  const end = `\n\n<!-- end of ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`a provider's page has lost the marks around its ${name}`);
  return page.slice(0, from) + begin + table + page.slice(to);
}
