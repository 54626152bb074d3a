import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY, readSources } from './source-files.ts';
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, findBannedWords, findLongFiles, findLongFunctions } from './tidy.ts';

/** Functions that were longer before the rule, as `path name`; the list only ever gets shorter. */
const OLD_SINNERS: readonly string[] = [];

const code = readSources(['src', 'bin', 'tools'], ['.ts', '.js']);
const everything = readSources(
  ['src', 'bin', 'tools', 'test', 'bench', 'examples', 'docs'],
  ['.ts', '.js', '.md', '.json', '.sh', '.yaml'],
);
const atTheRoot = new Map(
  readdirSync(REPOSITORY)
    .filter((name) => name.endsWith('.md'))
    .map((name) => [name, readFileSync(join(REPOSITORY, name), 'utf8')]),
);
const tests = /\.test\.ts$|test-support\.ts$|\/testing\//;

describe('the tree', () => {
  it('has no word that has a better one', () => {
    expect(findBannedWords(new Map([...everything, ...atTheRoot]))).toEqual([]);
  });

  it('has no file that does too much', () => {
    const files = new Map([...code].filter(([path]) => !tests.test(path)));
    expect(findLongFiles(files)).toEqual([]);
  });

  it('has no function that is too long to take in', () => {
    const files = new Map([...code].filter(([path]) => !tests.test(path)));
    const found = findLongFunctions(files).filter(({ where, message }) => {
      return !OLD_SINNERS.includes(`${where.split(':')[0]} ${message.split(' ')[0]}`);
    });
    expect(found).toEqual([]);
  });

  it('has a lock file that names no download address', () => {
    expect(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});

describe('the checks themselves', () => {
  it.each([
    ['the time', 'src/a.ts', 'const t = Date.now();'],
    ['chance', 'src/a.ts', 'const r = Math.random();'],
    ['the environment', 'src/vault/a.ts', 'const e = process.env.HOME;'],
    ['parsing JSON', 'src/a.ts', 'JSON.parse(text);'],
    ['the console', 'src/vault/a.ts', 'console.log(1);'],
    ['any', 'src/a.ts', 'const a = b as any;'],
    ['an assertion that something is there', 'src/a.ts', 'a!.b();'],
    ['an error swallowed', 'src/a.ts', 'try { a(); } catch {}'],
    ['work left undone', 'docs/a.md', 'TODO'],
    ['a merge left undone', 'docs/a.md', '<<<<<<< HEAD'],
    ['a path of one machine', 'test/a.test.ts', "read('/home/me/x');"],
  ])('catch %s', (_, path, text) => {
    expect(findBannedWords(new Map([[path, text]]))).toEqual([
      { where: `${path}:1`, message: expect.stringMatching(/: ./) },
    ]);
  });

  it.each([
    ['the one place of the time', 'src/kernel/clock.ts', 'Date.now();'],
    ['a comment', 'src/a.ts', '// not Date.now, since tests decide the time'],
    ['the console of the command line', 'src/cli/a.ts', 'console.log(1);'],
    ['an inequality', 'src/a.ts', 'if (a !== b) return !c;'],
    ['tests', 'src/a.test.ts', 'Date.now();'],
  ])('allow %s', (_, path, text) => {
    expect(findBannedWords(new Map([[path, text]]))).toEqual([]);
  });

  const body = (count: number) => '  a();\n'.repeat(count);
  it.each([
    ['a function', `function f() {\n${body(FUNCTION_LINES_MAX)}}\n`, 1],
    ['an arrow', `const f = (a: number) => {\n${body(FUNCTION_LINES_MAX)}};\n`, 1],
    ['a signature over several lines', `export function f({\n  a,\n}: A): B {\n${body(FUNCTION_LINES_MAX)}}\n`, 1],
    ['a method', `class A {\n  f(): void {\n${body(FUNCTION_LINES_MAX)}  }\n}\n`, 1],
    ['a factory without what it makes', `function f() {\n  const g = () => {\n${body(60)}  };\n${body(20)}}\n`, 0],
    ['a function just short enough', `function f() {\n${body(FUNCTION_LINES_MAX - 2)}}\n`, 0],
    ['two functions one after the other', `function f() {\n${body(40)}}\nfunction g() {\n${body(40)}}\n`, 0],
    ['a long type', `type A = {\n${'  a: 1;\n'.repeat(100)}};\n`, 0],
  ])('measure %s', (_, text, count) => {
    expect(findLongFunctions(new Map([['src/a.ts', text]]))).toHaveLength(count);
  });

  it('measure files', () => {
    expect(
      findLongFiles(
        new Map([
          ['a', '\n'.repeat(FILE_LINES_MAX + 1)],
          ['b', '\n'.repeat(FILE_LINES_MAX)],
        ]),
      ),
    ).toHaveLength(1);
  });
});
