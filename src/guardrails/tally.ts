import { GatewayError } from '../kernel/errors.ts';
import type { GuardrailVerdict, MatchKind } from '../protocol/guardrails.ts';
import type { CompiledGuardrail } from './applicable.ts';

/** What guardrails found in one request and its answer: counts, never what was found. */
export class Tally {
  readonly #verdicts = new Map<string, { readonly verdict: GuardrailVerdict; readonly counts: Counts }>();

  get verdicts(): readonly GuardrailVerdict[] {
    return [...this.#verdicts.values()].map(({ verdict, counts }) => ({ ...verdict, matches: { ...counts } }));
  }

  /** Counts a match; `said` is what a service made of it, and why. */
  note({ guardrail }: CompiledGuardrail, place: 'input' | 'output', kind: MatchKind, said: Said = {}): void {
    const { id: guardrailId, name, action } = guardrail;
    const { verdict = action, reason } = said;
    const key = `${place} ${guardrailId}`;
    let noted = this.#verdicts.get(key);
    if (noted === undefined) {
      noted = { verdict: { guardrailId, name, verdict, place, matches: {}, ...(reason && { reason }) }, counts: {} };
      this.#verdicts.set(key, noted);
    }
    noted.counts[kind] = (noted.counts[kind] ?? 0) + 1;
  }
}

type Said = Partial<Pick<GuardrailVerdict, 'verdict' | 'reason'>>;
type Counts = Partial<Record<MatchKind, number>>;

/** Why a call goes no further where a service had to be asked and did not answer: nothing is known against it. */
export function unansweredBy({ guardrail: { id, name } }: CompiledGuardrail): GatewayError {
  return new GatewayError('guardrail.unavailable', {
    message: `The guardrail “${name}” could not be asked.`,
    details: { guardrail: id, name },
  });
}

/** Why a call goes no further: which guardrail says so, and nothing of what it found. */
export function blockedBy({ guardrail: { id, name } }: CompiledGuardrail): GatewayError {
  return new GatewayError('guardrail.blocked', {
    message: `The guardrail “${name}” does not let this through.`,
    details: { guardrail: id, name },
  });
}
