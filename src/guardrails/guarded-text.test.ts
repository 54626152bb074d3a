import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../test/support/random.ts';
import { GatewayError } from '../kernel/errors.ts';
import { type Guardrail, type GuardrailCheck, PERSONAL_KINDS, SECRET_KINDS } from '../protocol/guardrails.ts';
import { compileGuardrail } from './applicable.ts';
import { CallGuard } from './call-guard.ts';
import { HELD_CHARS_MAX, LOOK_BEHIND_CHARS } from './finding.ts';

const CHECKS: readonly GuardrailCheck[] = [
  { kind: 'secrets', finds: SECRET_KINDS },
  { kind: 'personal', finds: PERSONAL_KINDS },
  {
    kind: 'words',
    words: ['falcon', '獵鷹計畫', 'ann'],
    patterns: [String.raw`\bPRJ-\d{2,6}\b`, 'x[^x]{3,60}x', 'z+$'],
  },
];

const LETTERS = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0';
const KEY = '-----BEGIN PRIVATE KEY-----';
const FRAGMENTS: readonly string[] = [
  'ann@example.com',
  'ann@',
  '4111 1111 1111 1111',
  '4111 1111 1111 1112',
  '1234567890123456789012',
  '+886 912 345 678',
  'A123456789',
  '11010519491231002X',
  `sk-${LETTERS}`,
  `sk-ant-${LETTERS}${LETTERS}`,
  `eyJ${LETTERS}.eyJ${LETTERS.repeat(20)}.${LETTERS}`,
  `eyJ${LETTERS.repeat(12)} `,
  `${KEY}\n${`${LETTERS}\n`.repeat(40)}-----END PRIVATE KEY-----`,
  `${KEY}\n${`${LETTERS}\n`.repeat(20)}`,
  'falcon',
  '獵鷹計畫',
  'PRJ-12',
  '345',
  'x and so on',
  'zzz',
  'a'.repeat(120),
  '[EMAIL_1]',
  ' ',
  '\n',
  '，',
  '.',
  '🦅',
];

function guardOf(action: Guardrail['action'], checks = CHECKS): CallGuard {
  return new CallGuard(
    checks.map((check, index) =>
      compileGuardrail({
        id: `grl_${index}`,
        organizationId: 'org_1',
        name: check.kind,
        action,
        place: 'both',
        check,
        sealed: undefined,
      }),
    ),
  );
}

function textOf(random: Random): string {
  return Array.from({ length: random.between(1, 60) }, () => random.pick(FRAGMENTS)).join(random.pick(['', ' ', '']));
}

function inPieces(text: string, random: Random): readonly string[] {
  const longest = random.pick([1, 3, 20, 200, 3000]);
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const length = random.between(1, longest);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

describe('a text in pieces', () => {
  it.each(Array.from({ length: 150 }, (_, seed) => seed))(
    'comes to what it comes to as a whole, wherever it is cut (%i)',
    (seed) => {
      const random = createRandom(seed);
      const text = textOf(random);
      const [whole, streamed] = [guardOf('mask'), guardOf('mask')];
      const [atOnce, inTurn] = [whole.answerText('text'), streamed.answerText('text')];
      const passed = inPieces(text, random).map((piece) => inTurn.push(piece));
      expect(passed.join('') + inTurn.end()).toBe(atOnce.push(text) + atOnce.end());
      expect(streamed.verdicts).toEqual(whole.verdicts);
    },
  );

  it('flows on but for the last few hundred characters', () => {
    const { push, end } = guardOf('mask').answerText('text');
    let passed = '';
    for (let word = 0; word < 2000; word += 1) {
      passed += push('plain words ');
      expect((word + 1) * 12 - passed.length).toBeLessThanOrEqual(LOOK_BEHIND_CHARS);
    }
    expect((passed + end()).length).toBe(24_000);
  });

  it('is not held for ever by what never ends', () => {
    const { push } = guardOf('mask').answerText('text');
    let passed = push(KEY).length;
    for (let line = 0; line < 1000; line += 1) {
      passed += push(`${LETTERS}\n`).length;
      expect(KEY.length + (line + 1) * 41 - passed).toBeLessThanOrEqual(HELD_CHARS_MAX + 41);
    }
  });

  it('that is blocked ends before the match, and tells nothing of it', () => {
    const { push } = guardOf('block').answerText('text');
    const filler = 'so '.repeat(300);
    let passed = push(filler);
    const thrown = (): void => {
      for (const piece of inPieces(`ann@example.com ${filler}`, createRandom(1))) passed += push(piece);
    };
    expect(thrown).toThrow(GatewayError);
    expect(filler.startsWith(passed)).toBe(true);
    expect(thrown).toThrow(/^The guardrail “personal” does not let this through\.$/);
  });
});

describe('placeholders', () => {
  const PERSONAL: readonly GuardrailCheck[] = [{ kind: 'personal', finds: PERSONAL_KINDS }];

  it('the same value gets the same one, and what the caller wrote itself stands for itself', () => {
    const guard = guardOf('mask', PERSONAL);
    const texts = ['[EMAIL_1] ann@example.com', 'bob@example.com, ann@example.com'];
    expect(guard.input(texts)).toEqual(['[EMAIL_1] [EMAIL_2]', '[EMAIL_3], [EMAIL_2]']);
    const { push, end } = guard.answerText('text');
    const answered = 'To [EMAIL_2], not [EMAIL_1] nor [EMAIL_9'.split('').map(push).join('') + end();
    expect(answered).toBe('To ann@example.com, not [EMAIL_1] nor [EMAIL_9');
  });

  it('arguments of calls stay JSON, and thoughts go back as they came', () => {
    const guard = guardOf('mask', [{ kind: 'words', words: ['say "hi"'], patterns: [] }]);
    expect(guard.input(['say "hi"'])).toEqual(['[WORD_1]']);
    const json = guard.answerText('json');
    expect(JSON.parse(json.push('{"a":"[WORD_1]"}') + json.end())).toEqual({ a: 'say "hi"' });
    const thought = guard.answerText('thought');
    expect(thought.push('[WORD_1]') + thought.end()).toBe('[WORD_1]');
  });

  it('what only the answer holds is not put back', () => {
    const guard = guardOf('mask', PERSONAL);
    guard.input(['ann@example.com']);
    const { push, end } = guard.answerText('text');
    expect(push('[EMAIL_1] and bob@example.com') + end()).toBe('ann@example.com and [EMAIL_2]');
  });

  it('what is too long is told, and blocked', () => {
    const guard = guardOf('block', [{ kind: 'length', charactersMax: 5 }]);
    expect(guard.input(['abc', 'de'])).toEqual(['abc', 'de']);
    expect(() => guard.input(['abc', 'def'])).toThrow(GatewayError);
    expect(guard.verdicts).toEqual([
      { guardrailId: 'grl_0', name: 'length', verdict: 'block', place: 'input', matches: { length: 1 } },
    ]);
  });
});
