import type { GuardrailVerdict } from '../protocol/guardrails.ts';
import { type CompiledGuardrail, looksAt } from './applicable.ts';
import { GuardedText } from './guarded-text.ts';
import { Masks, Restorer } from './masks.ts';
import { blockedBy, Tally } from './tally.ts';

/** A text of an answer as it comes: what may be given to the caller of it. @throws GatewayError `guardrail.blocked` */
export type AnswerText = { readonly push: (piece: string) => string; readonly end: () => string };

/** What stands in a text of an answer: words, the arguments of a call in JSON, or thoughts, which go back as they came. */
export type AnswerTextKind = 'text' | 'json' | 'thought';

/** The guardrails of one request and of its answer. */
export class CallGuard {
  readonly #input: readonly CompiledGuardrail[];
  readonly #output: readonly CompiledGuardrail[];
  readonly #tally = new Tally();
  #masks = new Masks(() => false);

  constructor(guardrails: readonly CompiledGuardrail[]) {
    this.#input = guardrails.filter(({ guardrail }) => looksAt(guardrail, 'input'));
    this.#output = guardrails.filter(({ guardrail }) => looksAt(guardrail, 'output'));
  }

  get verdicts(): readonly GuardrailVerdict[] {
    return this.#tally.verdicts;
  }

  /** Whether the answer cannot go to the caller as its provider wrote it. */
  get readsAnswer(): boolean {
    return this.#output.length > 0 || this.#masks.hasValues;
  }

  /** Whether any guardrail looks at the request. */
  get readsInput(): boolean {
    return this.#input.length > 0;
  }

  /** What must not be stored of what was said, and what stands in its place. */
  get replaced(): ReadonlyMap<string, string> {
    return this.#masks.replaced;
  }

  /**
   * The texts of the request as they may leave. What is blocked is replaced, too, in what may be stored of it.
   * @throws GatewayError `guardrail.blocked`
   */
  input(texts: readonly string[]): readonly string[] {
    this.#masks = new Masks((placeholder) => texts.some((text) => text.includes(placeholder)));
    const blocking = new Set<CompiledGuardrail>();
    const guarding = {
      guardrails: this.#input,
      onMatch: (by, { kind, value }) => {
        this.#tally.note(by, 'input', kind);
        if (by.guardrail.action !== 'block') return;
        blocking.add(by);
        this.#masks.ofInput(kind, value);
      },
      placeholderOf: (kind, value) => this.#masks.ofInput(kind, value),
    } satisfies ConstructorParameters<typeof GuardedText>[0];
    const masked = texts.map((text) => new GuardedText(guarding).whole(text));
    this.#measure(texts, blocking);
    const first = this.#input.find((each) => blocking.has(each));
    if (first !== undefined) throw blockedBy(first);
    return masked;
  }

  /** A text of the answer. */
  answerText(kind: AnswerTextKind): AnswerText {
    const guarded = new GuardedText({
      guardrails: this.#output,
      onMatch: (by, { kind: found }) => {
        this.#tally.note(by, 'output', found);
        if (by.guardrail.action === 'block') throw blockedBy(by);
      },
      placeholderOf: (found, value) => this.#masks.ofOutput(found, value),
    });
    const restorer = new Restorer(this.#masks, kind === 'json');
    const restore = (text: string): string => (kind === 'thought' ? text : restorer.push(text));
    if (this.#output.length === 0) return { push: restore, end: () => restorer.end() };
    return { push: (piece) => restore(guarded.push(piece)), end: () => restore(guarded.end()) + restorer.end() };
  }

  #measure(texts: readonly string[], blocking: Set<CompiledGuardrail>): void {
    let characters = 0;
    for (const text of texts) characters += text.length;
    for (const each of this.#input) {
      const { check, action } = each.guardrail;
      if (check.kind !== 'length' || characters <= check.charactersMax) continue;
      this.#tally.note(each, 'input', 'length');
      if (action === 'block') blocking.add(each);
    }
  }
}
