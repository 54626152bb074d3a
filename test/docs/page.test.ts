import { describe, expect, it } from 'vitest';
import { expectAnswer } from './answers.ts';
import { GUIDES, readSteps, stepsOf } from './page.ts';

/** Everything that no test runs, by its page: what changes the machine, or fetches from elsewhere. */
const BY_HAND = {
  'getting-started': ['npm install openai'],
  'enterprise-self-hosting': [
    `sudo -u postgres psql -c "CREATE ROLE hub LOGIN CREATEROLE PASSWORD 'secret'" -c "CREATE DATABASE hub OWNER hub"`,
    "sudo tee /etc/systemd/system/aigne-hub.service <<'EOF'",
  ],
  'service-provider': [],
  'api-use': [],
  operations: ['git pull'],
};

describe.each(GUIDES)('docs/%s.md', (guide) => {
  const steps = readSteps(guide);

  it('is run whole, but for the commands that are listed here', () => {
    const byHand = steps.filter(({ mark }) => mark === 'by-hand').map(({ code }) => code.split('\n')[0]);
    expect(byHand).toEqual(BY_HAND[guide]);
  });

  it('shows what each call answers, since curl ends well whatever the answer is', () => {
    const silent = steps.filter(
      ({ code, answer, mark }) => /\bcurl\b/.test(code) && answer === undefined && mark === undefined,
    );
    expect(silent).toEqual([]);
  });
});

describe('a page', () => {
  it('is read as steps, each with the answer that follows it', () => {
    const text =
      '# A\n\n```sh stays\nnpm start\n```\n\nIt says:\n\n```text\nready\n```\n\n```yaml\na: 1\n```\n\n```js\nf();\n```\n';
    expect(stepsOf(text)).toEqual([
      { line: 4, language: 'sh', mark: 'stays', code: 'npm start\n', answer: { kind: 'text', text: 'ready\n' } },
      { line: 18, language: 'js', mark: undefined, code: 'f();\n', answer: undefined },
    ]);
  });

  it.each([
    ['an answer to nothing', '```text\nready\n```\n'],
    ['two answers', '```sh\na\n```\n```text\nb\n```\n```json\n{}\n```\n'],
    ['a mark that is none', '```sh untested\nnpm start\n```\n'],
  ])('with %s is a mistake', (_what, text) => {
    expect(() => stepsOf(text)).toThrow(/^line \d+: /);
  });
});

describe('an answer', () => {
  const text = (shown: string, out: string) => () => expectAnswer({ kind: 'text', text: shown }, { out, err: '' });
  const json = (shown: string, out: string) => () => expectAnswer({ kind: 'json', text: shown }, { out, err: '' });

  it('may leave things out', () => {
    expect(text('a\nb … d\n', 'a\nx\nb c d\ny')).not.toThrow();
    expect(json('{"a":[{"b":"x…"}]}', '{"a":[{"c":1},{"b":"xyz","d":1}],"e":1}')).not.toThrow();
  });

  it.each([
    ['a line that is missing', text('a\nb', 'a')],
    ['lines in another order', text('a\nb', 'b\na')],
    ['a line that only begins so', text('a', 'ab')],
    ['another value', json('{"a":1}', '{"a":2}')],
    ['a field that is missing', json('{"a":{"b":1}}', '{"a":{}}')],
    ['an element that is missing', json('{"a":[1,2]}', '{"a":[1]}')],
    ['no JSON', json('{}', 'ok')],
  ])('does not forgive %s', (_what, look) => {
    expect(look).toThrow();
  });
});
