import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorEntry } from '../../src/kernel/error-entry.ts';
import { ERRORS } from '../../src/kernel/errors.ts';
import { listSettings } from '../../src/settings/schema.ts';
import { asDocument, renderApiTypes } from '../../tools/render-api-types.ts';
import { withProviderTables } from '../../tools/render-providers.ts';
import { renderEnvExample, withSettingsTable } from '../../tools/render-settings.ts';
import { GUIDES } from '../docs/page.ts';
import { PROVIDER_CASES } from '../e2e/providers/index.ts';
import { REPOSITORY, readSources } from './source-files.ts';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');
const HINT = 'run `node tools/write-docs.ts`';

describe('docs/configuration.md', () => {
  it('shows the settings as the schema has them', () => {
    const text = read('docs/configuration.md');
    expect(text, HINT).toBe(withSettingsTable(text));
  });
});

describe('dashboard/src/api/types.ts', () => {
  it('is what the API document says', () => {
    expect(read('dashboard/src/api/types.ts'), HINT).toBe(renderApiTypes(asDocument(read('openapi/control.json'))));
  });
});

describe('.env.example', () => {
  it('is what the schema says', () => {
    expect(read('.env.example'), HINT).toBe(renderEnvExample());
  });
});

describe('docs/providers/', () => {
  const pages = readdirSync(join(REPOSITORY, 'docs/providers')).filter((name) => name !== 'README.md');

  it('has a page for each provider that is proven, and no other', () => {
    expect(pages.toSorted()).toEqual(PROVIDER_CASES.map(({ entry }) => `${entry}.md`).toSorted());
  });

  it.each(PROVIDER_CASES)('says of $name what the catalogue says, and what shows it', (provider) => {
    const text = read(`docs/providers/${provider.entry}.md`);
    expect(text, HINT).toBe(withProviderTables(text, provider));
  });

  it('names tests by their names', () => {
    const tests = read('test/e2e/providers.test.ts');
    const named = pages.flatMap((page) =>
      [...read(`docs/providers/${page}`).matchAll(/^\| [^|]+ \| ([^|]+) \| [^|]* \| [^|]+ \|$/gm)].map(
        ([, name = '']) => name,
      ),
    );
    const unknown = named.filter((name) => !/^(?:`|---|Dialect|Test of|Why)/.test(name) && !tests.includes(`'${name}`));
    expect(named.length).toBeGreaterThan(100);
    expect(unknown).toEqual([]);
  });
});

describe('the settings', () => {
  it('have variables and flags that no two of them share', () => {
    const names = listSettings().flatMap(({ facts }) => [
      ...facts.env,
      ...(facts.flag === undefined ? [] : [facts.flag]),
    ]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const rows = [
    ...read('docs/errors.md').matchAll(/^\| `([a-z]+\.[a-z0-9_]+)` \| (\d{3}) \| (yes|no) \| (.+) \| (.+) \|$/gm),
  ];

  it('has a row for every code, with its status, and for no other', () => {
    const inDocs = rows.map(([, code, status, retry]) => `${code} ${status} ${retry}`);
    const inCode = Object.entries<ErrorEntry>(ERRORS).map(
      ([code, { status, retryable }]) => `${code} ${status} ${retryable ? 'yes' : 'no'}`,
    );
    expect(inDocs.toSorted(), HINT).toEqual(inCode.toSorted());
  });

  it('says what each means and what to do, in the catalogue’s words', () => {
    for (const [, code = '', , , meaning, remedy] of rows) {
      const entry = Object.entries<ErrorEntry>(ERRORS).find(([known]) => known === code)?.[1];
      expect([meaning, remedy], HINT).toEqual([entry?.message, entry?.remedy]);
    }
  });
});

describe('every link in the documentation', () => {
  const pages = pagesOfTheRepository();

  it.each([...pages.keys()])('in %s leads to a file and a heading that are there', (page) => {
    const broken = linksOf(pages.get(page) ?? '').filter((link) => !isThere(page, link, pages));
    expect(broken).toEqual([]);
  });

  it('is found where there is one, and missed where it leads nowhere', () => {
    const text = '[a](docs/errors.md#models) [b](docs/errors.md#nothing) [c](nowhere.md) [d](https://example.com)';
    expect(linksOf(text).filter((link) => !isThere('README.md', link, pages))).toEqual([
      'docs/errors.md#nothing',
      'nowhere.md',
    ]);
  });
});

describe('docs/architecture.md', () => {
  it('names every folder of src/', () => {
    const folders = readdirSync(join(REPOSITORY, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const text = read('docs/architecture.md');
    expect(folders.map(({ name }) => `\`${name}/\``).filter((name) => !text.includes(name))).toEqual([]);
  });
});

describe('docs/request-lifecycle.md', () => {
  const named = codesByStatus(read('docs/request-lifecycle.md'));

  it('gives each code its status', () => {
    expect(named).not.toEqual([]);
    const wrong = named.filter(({ code, status }) => statusOf(code) !== status);
    expect(wrong).toEqual([]);
  });

  it('names every code that a request of the data plane may end in', () => {
    // These belong to the control plane, or to records alone.
    const elsewhere =
      /^(?:guest\.|payment\.|resource\.|access\.|organization\.|charging\.|offer\.|sso\.|mail\.|auth\.(?!key_)|hub\.interrupted|credit\.code_)/;
    const codes = Object.keys(ERRORS).filter((code) => !elsewhere.test(code));
    expect(codes.filter((code) => !read('docs/request-lifecycle.md').includes(`\`${code}\``))).toEqual([]);
  });
});

describe('docs/decisions/README.md', () => {
  it('lists every decision by its title', () => {
    const folder = 'docs/decisions';
    const titles = readdirSync(join(REPOSITORY, folder))
      .filter((name) => /^\d{4}-.*\.md$/.test(name))
      .toSorted()
      .map((name) => {
        const [, number, title] = /^# (\d{4}): (.+)$/m.exec(read(`${folder}/${name}`)) ?? [];
        return `| [${number}](${name}) | ${title} |`;
      });
    const listed = read(`${folder}/README.md`).split('\n');
    expect(listed.filter((line) => line.startsWith('| [0'))).toEqual(titles);
  });
});

describe('docs/README.md', () => {
  const links = linksOf(read('docs/README.md')).filter((link) => link !== 'README.zh-TW.md');

  it('leads to the five pages first', () => {
    expect(links.slice(0, GUIDES.length)).toEqual(GUIDES.map((guide) => `${guide}.md`));
  });

  it('leads to every page of docs/, by its folder’s own list where that has one', () => {
    const pagesOf = (folder: string) => readdirSync(join(REPOSITORY, folder)).filter((name) => name.endsWith('.md'));
    const english = pagesOf('docs').filter((name) => name !== 'README.md' && !name.endsWith('.zh-TW.md'));
    const wanted = [...english, ...pagesOf('docs/how-to').map((name) => `how-to/${name}`)];
    expect(wanted.filter((page) => !links.includes(page))).toEqual([]);
    expect(links).toEqual(expect.arrayContaining(['decisions/README.md', 'providers/README.md']));
  });

  it('is where the repository’s own first page leads', () => {
    expect(linksOf(read('README.md'))).toContain('docs/README.md');
    expect(linksOf(read('README.zh-TW.md'))).toContain('docs/README.zh-TW.md');
  });
});

describe('every page in Traditional Chinese', () => {
  const translated = [...pagesOfTheRepository().keys()].filter((page) => page.endsWith('.zh-TW.md'));

  it('is one of those that newcomers read first, and there is one for each', () => {
    const docs = ['README', ...GUIDES].map((name) => `docs/${name}.zh-TW.md`);
    expect(translated.toSorted()).toEqual(['README.zh-TW.md', ...docs].toSorted());
  });

  it.each(translated)('%s has the commands, links and sections of the English one', (page) => {
    const [english, chinese] = [read(page.replace('.zh-TW', '')), read(page)];
    const commandsOf = (text: string) =>
      [...text.matchAll(/^```\w[^\n]*\n[\s\S]*?^```$/gm)].map(([block]) => block.replace(/ +# .*$/gm, ''));
    expect(commandsOf(chinese)).toEqual(commandsOf(english));
    const shared = (text: string) => linksOf(text).map((link) => link.replace('.zh-TW', ''));
    expect(shared(chinese)).toEqual(shared(english));
    const sections = (text: string) => withoutCode(text).match(/^#+ /gm);
    expect(sections(chinese)).toEqual(sections(english));
  });

  it.each(translated)('%s leads to pages in Chinese where there are any', (page) => {
    const isTranslated = (link: string) =>
      translated.includes(posix.join(posix.dirname(page), link.replace('.md', '.zh-TW.md')));
    const left = linksOf(read(page)).filter((link) => isTranslated(link));
    // The other language of the page itself.
    expect(left).toEqual([posix.basename(page).replace('.zh-TW', '')]);
  });
});

describe('what the documentation says of the environment', () => {
  it('names only variables that mean something', () => {
    const known = new Set([
      ...listSettings().flatMap(({ facts }) => facts.env),
      ...variablesOf(read('bin/test.js')),
      ...variablesOf(read('test/support/browser.ts')),
      ...variablesOf(read('src/cli/context.ts')),
      ...variablesOf(read('src/compose/core.ts')),
      ...variablesOf(read('src/settings.ts')),
      ...variablesOf(read('src/settings/yaml-source.ts')),
      ...variablesOf(read('examples/openai-sdk/chat.ts')),
    ]);
    const unknown = [...pagesOfTheRepository()].flatMap(([page, text]) =>
      variablesOf(text)
        .filter((name) => !known.has(name))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('names a provider’s variables as the catalogue has them', () => {
    const catalogued = readSources(['src/providers/catalogue'], ['.json']);
    const text = [...catalogued.values()].join('\n');
    const inTable = [...read('README.md').matchAll(/^\| (`[A-Z_]+`.*?) \|/gm)].flatMap(([, cell = '']) =>
      cell.match(/[A-Z_]{4,}/g),
    );
    expect(inTable).not.toEqual([]);
    expect(inTable.filter((name) => !text.includes(`"${name}"`))).toEqual([]);
  });
});

/** Every page of the repository by its path. */
function pagesOfTheRepository(): ReadonlyMap<string, string> {
  const atTheTop = readdirSync(REPOSITORY).filter((name) => name.endsWith('.md'));
  const below = readSources(['docs', 'examples', 'bench', 'test', 'src'], ['.md']);
  return new Map([...atTheTop.map((name) => [name, read(name)] as const), ...below]);
}

/** The targets of a page's links that stay within the repository. */
function linksOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}

function isThere(page: string, link: string, pages: ReadonlyMap<string, string>): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? page : posix.join(posix.dirname(page), path);
  if (!existsSync(join(REPOSITORY, target))) return false;
  return heading === undefined || anchorsOf(pages.get(target) ?? '').includes(heading);
}

/** A heading's anchor as the usual viewers of Markdown make it: lower case, without punctuation, spaces as hyphens. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The codes in the last column of the table of stages, each under the status that stands before it. */
function codesByStatus(text: string): readonly { readonly code: string; readonly status: number }[] {
  return [...text.matchAll(/^\| [①-⑳] .*\|([^|]+)\|$/gmu)].flatMap(([, cell = '']) => {
    let status = 0;
    return [...cell.matchAll(/\b(\d{3})\b|`([a-z]+\.[a-z0-9_]+)`/g)].flatMap(([, number, code]) => {
      if (number !== undefined) status = Number(number);
      return code === undefined ? [] : [{ code, status }];
    });
  });
}

function statusOf(code: string): number | undefined {
  return Object.entries<ErrorEntry>(ERRORS).find(([known]) => known === code)?.[1].status;
}

function variablesOf(text: string): readonly string[] {
  return [...new Set(text.match(/\bHUB_[A-Z0-9_]*[A-Z0-9]\b/g))];
}
