import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a page asks its reader to do: one block of code, and what is told to come of it. */
export type Step = {
  /** The line of its first word, counted from one. */
  readonly line: number;
  readonly language: 'sh' | 'js';
  /**
   * The second word of the fence. `stays`: it runs until it is stopped, in a terminal of its own. `by-hand`: no test can
   * do it, as it changes the machine or needs a program that is not there.
   */
  readonly mark: 'stays' | 'by-hand' | undefined;
  readonly code: string;
  /** The block of JSON or text that stands between this step and the next. */
  readonly answer: { readonly kind: 'json' | 'text'; readonly text: string } | undefined;
};

type Fence = { readonly line: number; readonly info: readonly string[]; readonly body: string };

/** The pages that the documentation opens with, in the order in which it names them. */
export const GUIDES = [
  'getting-started',
  'enterprise-self-hosting',
  'service-provider',
  'api-use',
  'operations',
] as const;

export type Guide = (typeof GUIDES)[number];

const REPOSITORY = join(import.meta.dirname, '..', '..');

/** The steps of a page, in their order. @throws Error for an answer to nothing, and for a mark that is none */
export function readSteps(guide: Guide): readonly Step[] {
  return stepsOf(readFileSync(join(REPOSITORY, 'docs', `${guide}.md`), 'utf8'));
}

/** The steps in a text of Markdown. */
export function stepsOf(text: string): readonly Step[] {
  const steps: Step[] = [];
  for (const { line, info, body } of fencesOf(text)) {
    const [language, mark] = info;
    if (language === 'sh' || language === 'js') {
      if (mark !== undefined && mark !== 'stays' && mark !== 'by-hand') throw new Error(`line ${line}: ${mark}?`);
      steps.push({ line, language, mark, code: body, answer: undefined });
    } else if (language === 'json' || language === 'text') {
      const step = steps.at(-1);
      if (step === undefined || step.answer !== undefined) throw new Error(`line ${line}: the answer to what?`);
      steps[steps.length - 1] = { ...step, answer: { kind: language, text: body } };
    }
  }
  return steps;
}

function fencesOf(text: string): readonly Fence[] {
  return [...text.matchAll(/^```(\w[^\n]*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: info = '', 2: body = '' }) => {
    return { line: text.slice(0, index).split('\n').length + 1, info: info.split(' '), body };
  });
}

/** A text as a pattern that finds it as it stands. */
export function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
