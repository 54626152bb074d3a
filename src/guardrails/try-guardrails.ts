import { GatewayError } from '../kernel/errors.ts';
import type { GuardrailVerdict } from '../protocol/guardrails.ts';
import type { CompiledGuardrail } from './applicable.ts';
import { CallGuard } from './call-guard.ts';
import type { AskedCall, Judge } from './external.ts';

/** What became of a text that was tried. */
export type Tried = {
  readonly verdict: 'pass' | GuardrailVerdict['verdict'];
  /** As it would go on; `undefined` where it would not. */
  readonly text: string | undefined;
  readonly verdicts: readonly GuardrailVerdict[];
};

export type Trying = { readonly text: string; readonly place: 'input' | 'output'; readonly judge: Judge };

const NO_CALL: AskedCall = { requestId: undefined, model: undefined, projectId: undefined, keyId: undefined };

/** Looks at a text as at one of a call. */
export async function tryGuardrails(
  guardrails: readonly CompiledGuardrail[],
  { text, place, judge }: Trying,
): Promise<Tried> {
  const guard = new CallGuard(guardrails, { judge, call: NO_CALL });
  const { signal } = new AbortController();
  const passed = await unlessBlocked(async () => {
    const [looked = ''] = place === 'input' ? guard.input([text]) : [answer(guard, text)];
    const [judged = looked] = await guard.judged(place, [looked], signal);
    return judged;
  });
  const { verdicts } = guard;
  const has = (wanted: GuardrailVerdict['verdict']): boolean => verdicts.some(({ verdict }) => verdict === wanted);
  const verdict = has('block') ? 'block' : has('mask') ? 'mask' : has('flag') ? 'flag' : 'pass';
  return { verdict, text: passed, verdicts };
}

function answer(guard: CallGuard, text: string): string {
  const { push, end } = guard.answerText('text');
  return push(text) + end();
}

const BLOCKS: ReadonlySet<string> = new Set(['guardrail.blocked', 'guardrail.unavailable']);

async function unlessBlocked(pass: () => Promise<string>): Promise<string | undefined> {
  try {
    return await pass();
  } catch (thrown) {
    if (thrown instanceof GatewayError && BLOCKS.has(thrown.code)) return undefined;
    throw thrown;
  }
}
