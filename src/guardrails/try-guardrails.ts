import { GatewayError } from '../kernel/errors.ts';
import type { GuardrailVerdict } from '../protocol/guardrails.ts';
import type { CompiledGuardrail } from './applicable.ts';
import { CallGuard } from './call-guard.ts';

/** What became of a text that was tried. */
export type Tried = {
  readonly verdict: 'pass' | GuardrailVerdict['verdict'];
  /** As it would go on; `undefined` where it would not. */
  readonly text: string | undefined;
  readonly verdicts: readonly GuardrailVerdict[];
};

/** Looks at a text as at one of a call. */
export function tryGuardrails(
  guardrails: readonly CompiledGuardrail[],
  { text, place }: { readonly text: string; readonly place: 'input' | 'output' },
): Tried {
  const guard = new CallGuard(guardrails);
  const passed = unlessBlocked(() => (place === 'input' ? guard.input([text])[0] : answer(guard, text)));
  const { verdicts } = guard;
  const has = (wanted: GuardrailVerdict['verdict']): boolean => verdicts.some(({ verdict }) => verdict === wanted);
  const verdict = has('block') ? 'block' : has('mask') ? 'mask' : has('flag') ? 'flag' : 'pass';
  return { verdict, text: passed, verdicts };
}

function answer(guard: CallGuard, text: string): string {
  const { push, end } = guard.answerText('text');
  return push(text) + end();
}

function unlessBlocked(pass: () => string | undefined): string | undefined {
  try {
    return pass();
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === 'guardrail.blocked') return undefined;
    throw thrown;
  }
}
