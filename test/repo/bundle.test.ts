import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 30_000;

/** A hub of five files: what it says, a thread, a file that is read, and what a test alone would load. */
const SOURCES: Readonly<Record<string, string>> = {
  'main.ts': `
    import { fileURLToPath } from 'node:url';
    export async function main(argv: readonly string[]): Promise<number> {
      const { say } = await import('./parts/say.ts');
      console.log(JSON.stringify({ ...(await say()), entry: fileURLToPath(import.meta.url), argv }));
      return 0;
    }`,
  'parts/say.ts': `
    import { readFileSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    import type { Said } from './said.ts';
    export async function say(): Promise<Said> {
      const worker = new Worker(new URL('./say-worker.ts', import.meta.url));
      const thread = await new Promise<string>((resolve) => worker.once('message', resolve));
      return { word: 'one', thread, file: readFileSync(new URL('./assets/note.txt', import.meta.url), 'utf8') };
    }`,
  'parts/said.ts': 'export type Said = { readonly word: string; readonly thread: string; readonly file: string };',
  'parts/say-worker.ts': `import { parentPort } from 'node:worker_threads'; parentPort?.postMessage('from a thread');`,
  'parts/assets/note.txt': 'beside it',
  'parts/say.test.ts': 'this is never read',
};

let checkout = '';

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'hub-bundle-'));
  cpSync(join(REPOSITORY, 'bin'), join(checkout, 'bin'), { recursive: true });
  mkdirSync(join(checkout, 'src', 'parts', 'assets'), { recursive: true });
  for (const [path, text] of Object.entries(SOURCES)) write(path, text);
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}');
  writeFileSync(join(checkout, 'package-lock.json'), '{"packages":{"":{}}}');
  mkdirSync(join(checkout, 'node_modules'));
  writeFileSync(join(checkout, 'node_modules', '.package-lock.json'), '{"packages":{}}');
  symlinkSync(join(REPOSITORY, 'node_modules', 'rolldown'), join(checkout, 'node_modules', 'rolldown'));
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function write(path: string, text: string): void {
  const whole = join(checkout, 'src', path);
  writeFileSync(whole, text);
  // As an archive may have them.
  utimesSync(whole, 0, 0);
}

type Run = { readonly said: Record<string, unknown>; readonly err: string };

function run(): Promise<Run> {
  return new Promise((resolve, reject) => {
    const words = [join(checkout, 'bin', 'aigne-hub.js'), 'hello'];
    execFile(
      process.execPath,
      words,
      { env: { PATH: process.env['PATH'] ?? '' }, timeout: TIMEOUT_MS },
      (error, out, err) => {
        if (error !== null) return reject(new Error(`${error.message}\n${err}`));
        resolve({ said: JSON.parse(out) as Record<string, unknown>, err });
      },
    );
  });
}

const bundles = () => readdirSync(join(checkout, 'node_modules', '.cache', 'hub'));
const SAID = { word: 'one', thread: 'from a thread', file: 'beside it', argv: ['hello'] };

describe('the hub in one piece', () => {
  it('is made at the first start and used from then on, with its threads and the files that it reads', async () => {
    const first = await run();
    expect(first).toMatchObject({ said: SAID, err: '' });
    const [folder, ...others] = bundles();
    expect([first.said['entry'], others]).toEqual([
      join(checkout, 'node_modules', '.cache', 'hub', folder ?? '', 'main.js'),
      [],
    ]);
    expect(await run()).toEqual(first);
    expect(bundles()).toEqual([folder]);
  });

  it('is made anew for a source that differs in a word of the same length, of the same time', async () => {
    await run();
    write('parts/say.ts', SOURCES['parts/say.ts']?.replace("'one'", "'two'") ?? '');
    expect(await run()).toMatchObject({ said: { ...SAID, word: 'two' } });
  });

  it('is made once where only a test is new', async () => {
    await run();
    write('parts/more.test.ts', 'never read either');
    await run();
    expect(bundles()).toHaveLength(1);
  });

  it('is whole for each of several that start at once', async () => {
    const runs = await Promise.all([run(), run(), run()]);
    expect(runs).toEqual([runs[0], runs[0], runs[0]]);
    expect(runs[0]).toMatchObject({ said: SAID, err: '' });
    expect(bundles()).toHaveLength(1);
  });

  it('leaves the newest of those before it, which a hub may still run from', async () => {
    await run();
    for (const age of [3, 4, 5, 6, 7]) {
      const folder = join(checkout, 'node_modules', '.cache', 'hub', `before-${age}`);
      mkdirSync(folder);
      utimesSync(folder, new Date(), new Date(Date.now() - age * 3_600_000));
    }
    write('parts/say.ts', `${SOURCES['parts/say.ts']}\n`);
    await run();
    const left = bundles();
    expect(left).toHaveLength(5);
    expect(left.filter((name) => name.startsWith('before-')).toSorted()).toEqual(['before-3', 'before-4', 'before-5']);
  });

  it('leaves nothing that was compiled of those before it', async () => {
    const compiled = () => readdirSync(join(checkout, 'node_modules', '.cache', 'compile'), { recursive: true });
    await run();
    const before = compiled();
    write('main.ts', `${SOURCES['main.ts']}\n`);
    await run();
    await run();
    expect(compiled()).toHaveLength(before.length);
  });

  it('is not needed: the sources run where it cannot be made, which is said', async () => {
    rmSync(join(checkout, 'node_modules', 'rolldown'));
    const { said, err } = await run();
    expect(said).toMatchObject({ ...SAID, entry: join(checkout, 'src', 'main.ts') });
    expect(err).toMatch(/^The hub runs from its sources, and starts a little slower: .*rolldown/);
  });
});
