import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const DASHBOARD = join(import.meta.dirname, '..', '..', 'dashboard');
/** Before the first chart: the page, its style and the scripts that it asks for at once. */
const FIRST_LOAD_BYTES_MAX = 250 * 1024;

function filesIn(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(join(DASHBOARD, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('the dashboard', () => {
  it('says nothing that is not in src/words, so that every word is in every language', () => {
    const found = filesIn('src', /\.tsx$/).flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(SAID)].map(([text]) => `${path.slice(DASHBOARD.length + 1)}: ${text}`),
    );
    expect(found).toEqual([]);
  });

  it('has the same names and holes in both languages', async () => {
    const [{ en }, { zhTw }] = await Promise.all([
      import(join(DASHBOARD, 'src/words/en/index.ts')) as Promise<{ en: Words }>,
      import(join(DASHBOARD, 'src/words/zh-tw/index.ts')) as Promise<{ zhTw: Words }>,
    ]);
    const [english, chinese] = [flat(en), flat(zhTw)];
    expect(english.size).toBeGreaterThan(200);
    for (const [name, text] of english) {
      if (name.endsWith('_one') && !chinese.has(name)) continue;
      expect([name, holesOf(chinese.get(name) ?? '(missing)')]).toEqual([name, holesOf(text)]);
    }
    expect([...chinese.keys()].filter((name) => !english.has(name))).toEqual([]);
  });

  it('speaks no Chinese of the mainland', async () => {
    const { zhTw } = (await import(join(DASHBOARD, 'src/words/zh-tw/index.ts'))) as { zhTw: Words };
    const odd = [...flat(zhTw)].filter(([, text]) => SIMPLIFIED.test(text) || MAINLAND.test(text));
    expect(odd).toEqual([]);
  });

  it('imports nothing of the hub', () => {
    const found = filesIn('src', /\.tsx?$/).filter((path) => /from '(\.\.\/)+src\//.test(readFileSync(path, 'utf8')));
    expect(found).toEqual([]);
  });

  it('is small before its first chart', () => {
    const page = readFileSync(join(DASHBOARD, 'dist', 'index.html'), 'utf8');
    const first = [...page.matchAll(/(?:src|href)="[^"]*\/dashboard\/([^"]+)"/g)].map(([, name = '']) => name);
    expect(first.length).toBeGreaterThan(2);
    const bytes = first.reduce((sum, name) => sum + gzipSync(readFileSync(join(DASHBOARD, 'dist', name))).length, 0);
    expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
  });
});

type Words = { readonly [name: string]: string | Words };

/** Letters between tags, and texts in attributes that are read out; a placeholder may be an example of what is entered. */
const SAID =
  />\s*[A-Za-z][a-z]+[^<>{}=();]*<\/|\b(?:aria-label|title|alt|label)="[^"]*[A-Za-z]{2}[^"]*"|\bplaceholder="[A-Z][a-z]/g;
const SIMPLIFIED = /[这们对应该为产设备网页说请时间删创组织账户权详错误连]/u;
const MAINLAND = /默認|信息|(?<!租)用戶(?!端)|賬|登錄|服務器|數據|網絡|軟件|程序|視頻|鏈接|加載|令牌|接口/u;

function flat(words: Words, before = ''): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(words).flatMap(([name, value]) =>
      typeof value === 'string' ? [[`${before}${name}`, value] as const] : [...flat(value, `${before}${name}.`)],
    ),
  );
}

function holesOf(text: string): readonly string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).toSorted();
}
