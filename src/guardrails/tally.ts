import { GatewayError } from '../kernel/errors.ts';
import type { GuardrailVerdict, MatchKind } from '../protocol/guardrails.ts';
import type { CompiledGuardrail } from './applicable.ts';

/** What guardrails found in one request and its answer: counts, never what was found. */
export class Tally {
  readonly #verdicts = new Map<string, { readonly verdict: GuardrailVerdict; readonly counts: Counts }>();

  get verdicts(): readonly GuardrailVerdict[] {
    return [...this.#verdicts.values()].map(({ verdict, counts }) => ({ ...verdict, matches: { ...counts } }));
  }

  note({ guardrail }: CompiledGuardrail, place: 'input' | 'output', kind: MatchKind): void {
    const { id: guardrailId, name, action: verdict } = guardrail;
    const key = `${place} ${guardrailId}`;
    let noted = this.#verdicts.get(key);
    if (noted === undefined) {
      noted = { verdict: { guardrailId, name, verdict, place, matches: {} }, counts: {} };
      this.#verdicts.set(key, noted);
    }
    noted.counts[kind] = (noted.counts[kind] ?? 0) + 1;
  }
}

type Counts = Partial<Record<MatchKind, number>>;

/** Why a call goes no further: which guardrail says so, and nothing of what it found. */
export function blockedBy({ guardrail: { id, name } }: CompiledGuardrail): GatewayError {
  return new GatewayError('guardrail.blocked', {
    message: `The guardrail “${name}” does not let this through.`,
    details: { guardrail: id, name },
  });
}
