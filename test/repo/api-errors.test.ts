import { describe, expect, it } from 'vitest';
import { type ApiWords, sentenceFor, tellInWords } from '../../dashboard/src/words/api-text.ts';
import { apiErrors } from '../../dashboard/src/words/zh-tw/api-errors.ts';
import { apiSentences } from '../../dashboard/src/words/zh-tw/api-sentences.ts';
import { ERRORS } from '../../src/kernel/errors.ts';
import { readSources } from './source-files.ts';

const WORDS: ApiWords = { errors: apiErrors, sentences: apiSentences };
const CHINESE = /\p{Script=Han}/u;

describe('the API’s errors in Chinese', () => {
  it('are there for every code of the catalogue, and for no other', () => {
    expect(Object.keys(apiErrors).toSorted()).toEqual(Object.keys(ERRORS).toSorted());
  });

  it('say in Chinese what went wrong and what to do, each in a whole sentence', () => {
    const texts = Object.entries(apiErrors).flatMap(([code, [says, remedy]]) =>
      [...says.split('|'), remedy].filter((text) => text !== '').map((text) => ({ code, text })),
    );
    expect(texts.filter(({ text }) => !CHINESE.test(text) || !text.endsWith('。'))).toEqual([]);
    expect(Object.entries(apiErrors).filter(([, [says]]) => says === '')).toEqual([]);
    expect(Object.values(apiSentences).filter((text) => !CHINESE.test(text))).toEqual([]);
  });

  it('are told without the details where those lack a name', () => {
    const model = Object.entries(apiErrors).filter(([, [says]]) => says.includes('{{'));
    expect(model.filter(([, [says]]) => says.split('|').at(-1)?.includes('{{'))).toEqual([]);
  });

  it('have a sentence for each case that the control API tells in words of its own', () => {
    const cases = casesInSources();
    expect(cases.length).toBeGreaterThan(120);
    expect(cases.filter((text) => sentenceFor(apiSentences, text) === undefined)).toEqual([]);
  });

  const tell = (code: string, message: string, details = {}) =>
    tellInWords(WORDS, { code, message, remedy: 'Do it.', details });

  it.each([
    ['model.not_allowed', 'This key may not call that model.', { model: 'gpt-4o' }, '這把金鑰不能呼叫模型「gpt-4o」。'],
    ['model.not_allowed', 'This key may not call that model.', {}, '這把金鑰不能呼叫這個模型。'],
    ['request.too_large', 'The body is too large.', { bytes_max: 1024 }, '請求內容超過 1024 位元組。'],
    ['resource.conflict', 'A key of that name exists.', {}, '已有同名的金鑰。'],
    ['request.invalid', 'name: Too big: expected string to have <=100 characters.', {}, '最多 100 個字元。'],
    ['request.invalid', 'name: Too small: expected string to have >=1 characters.', {}, '不能空白。'],
    ['request.invalid', 'guest_playground.requests_per_day: Too small: expected number to be >=1.', {}, '不得小於 1。'],
    ['request.invalid', 'OpenAI takes no secret.', {}, 'OpenAI 不使用密鑰。'],
    ['request.invalid', 'Something that nobody knows.', {}, '輸入的內容不正確。（Something that nobody knows.）'],
    ['upstream.error', 'Acme failed with 500.', {}, '供應商發生錯誤。'],
    [
      'model.not_found',
      'No connected provider serves that model.',
      { model: 'm|{{1}}' },
      '已連接的供應商都沒有提供模型「m|{{1}}」。',
    ],
  ])('tell %s: %s', (code, message, details, told) => {
    expect(tell(code, message, details).message).toBe(told);
  });

  it('leave a code that is not known as the API tells it, and every one where the page speaks English', () => {
    expect(tell('brand.new', 'Something new.')).toMatchObject({ message: 'Something new.', remedy: 'Do it.' });
    const said = { code: 'access.denied', message: 'No.', remedy: undefined, details: {} };
    expect(tellInWords(undefined, said)).toBe(said);
  });
});

/** Folders whose errors answer the control API. */
const FOLDERS =
  /^src\/(?:cache|compose|controlplane|guardrails|identity|ledger|limits|metering|notifications|policy|providers|records|routing|storage)\//;
const LITERAL = String.raw`('(?:[^'\\\n]|\\.)*'|\`(?:[^\`\\]|\\.)*\`)`;
const FORMS = [
  String.raw`new GatewayError\(\s*'[a-z_.]+',\s*\{[^{}]*?message:\s*${LITERAL}`,
  String.raw`\b(?:invalid|conflict)\(\s*(?:(?:'[^']*'|\`[^\`]*\`|[a-zA-Z.]+),\s*)?${LITERAL}\s*[,)]`,
  String.raw`\.(?:regex|refine)\([^;]*?,\s*${LITERAL}\s*\)`,
];
/** Parts of sentences, and what stands before one. */
const NO_SENTENCE = /^(?:[a-z_]+|\S*(?:\$\{[a-z.]+\}[.:]? ?)+)$/i;

/** What the sources say for single cases; what is filled in is a 7. */
function casesInSources(): readonly string[] {
  const found = new Set<string>();
  for (const [path, text] of readSources(['src'], ['.ts'])) {
    if (!FOLDERS.test(path) || path.endsWith('.test.ts') || path.includes('/testing/')) continue;
    for (const form of FORMS) {
      for (const [, literal = ''] of text.matchAll(new RegExp(form, 'g'))) found.add(literal.slice(1, -1));
    }
  }
  return [...found]
    .filter((text) => !NO_SENTENCE.test(text))
    .map((text) => text.replaceAll(/\$\{[^}]*\}/g, '7').replaceAll('\\`', '`'));
}
