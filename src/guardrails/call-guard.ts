import type { ExternalCheck, GuardrailVerdict } from '../protocol/guardrails.ts';
import { type CompiledGuardrail, looksAt } from './applicable.ts';
import type { AskedCall, Judge, Judgement } from './external.ts';
import { GuardedText } from './guarded-text.ts';
import { Masks, Restorer } from './masks.ts';
import { blockedBy, Tally, unansweredBy } from './tally.ts';

/** A text of an answer as it comes: what may be given to the caller of it. @throws GatewayError `guardrail.blocked` */
export type AnswerText = { readonly push: (piece: string) => string; readonly end: () => string };

/** What stands in a text of an answer: words, the arguments of a call in JSON, or thoughts, which go back as they came. */
export type AnswerTextKind = 'text' | 'json' | 'thought';

/** What guardrails that ask services need. */
export type Judging = { readonly judge: Judge; readonly call: AskedCall };

/** What stands in the place of a text that a service blocked, in what may be stored of its request. */
const BLOCKED = '[BLOCKED]';

type External = CompiledGuardrail & { readonly guardrail: { readonly check: ExternalCheck } };

/**
 * The guardrails of one request and of its answer. Those that look within the hub come first; services are asked in turn
 * after them, and are told what would go on: nothing that others mask.
 */
export class CallGuard {
  readonly #input: readonly CompiledGuardrail[];
  readonly #output: readonly CompiledGuardrail[];
  readonly #external: Readonly<Record<'input' | 'output', readonly External[]>>;
  readonly #judging: Judging | undefined;
  readonly #tally = new Tally();
  #masks = new Masks(() => false);

  constructor(guardrails: readonly CompiledGuardrail[], judging?: Judging) {
    const own = guardrails.filter((each) => !isExternal(each));
    const external = guardrails.filter(isExternal);
    this.#input = own.filter(({ guardrail }) => looksAt(guardrail, 'input'));
    this.#output = own.filter(({ guardrail }) => looksAt(guardrail, 'output'));
    this.#external = {
      input: external.filter(({ guardrail }) => looksAt(guardrail, 'input')),
      output: external.filter(({ guardrail }) => looksAt(guardrail, 'output')),
    };
    this.#judging = judging;
  }

  get verdicts(): readonly GuardrailVerdict[] {
    return this.#tally.verdicts;
  }

  /** Whether the answer cannot go to the caller as its provider wrote it. */
  get readsAnswer(): boolean {
    return this.#output.length > 0 || this.holdsAnswer || this.#masks.hasValues;
  }

  /** Whether the answer has to be there whole before any of it goes on, because a service is asked of it. */
  get holdsAnswer(): boolean {
    return this.#external.output.length > 0;
  }

  /** Whether any guardrail looks at the request. */
  get readsInput(): boolean {
    return this.#input.length > 0 || this.#external.input.length > 0;
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

  /**
   * What services make of texts that others have looked at.
   * @throws GatewayError `guardrail.blocked`, `guardrail.unavailable`; what the signal was aborted with
   */
  async judged(
    direction: 'input' | 'output',
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    let passed = texts;
    if (passed.length === 0) return passed;
    for (const by of this.#external[direction]) {
      if (this.#judging === undefined) throw new Error('nobody can ask the services of guardrails here');
      const { judge, call } = this.#judging;
      const judgement = await judge(by.guardrail, { direction, texts: passed, call, signal });
      passed = this.#obeyed(by, { direction, texts: passed, judgement });
    }
    return passed;
  }

  /** A text that was judged, with the caller's own values. */
  restored(kind: AnswerTextKind, text: string): string {
    if (kind === 'thought') return text;
    const restorer = new Restorer(this.#masks, kind === 'json');
    return restorer.push(text) + restorer.end();
  }

  /** A text of the answer; where services are asked of it, the caller's own values are not in it yet. */
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
    const isRestored = kind !== 'thought' && !this.holdsAnswer;
    const restore = (text: string): string => (isRestored ? restorer.push(text) : text);
    if (this.#output.length === 0) return { push: restore, end: () => restorer.end() };
    return { push: (piece) => restore(guarded.push(piece)), end: () => restore(guarded.end()) + restorer.end() };
  }

  #obeyed(
    by: External,
    {
      direction,
      texts,
      judgement,
    }: { readonly texts: readonly string[]; readonly judgement: Judgement } & {
      readonly direction: 'input' | 'output';
    },
  ): readonly string[] {
    if (judgement.action === 'pass') return texts;
    const { reason } = judgement;
    const isObeyed = by.guardrail.action !== 'flag';
    const isFailure = judgement.action === 'failed';
    const wanted = judgement.action === 'failed' ? FAILED[by.guardrail.check.onFailure] : judgement.action;
    const verdict = isObeyed ? wanted : 'flag';
    this.#tally.note(by, direction, isFailure ? 'external_failure' : 'external', { verdict, reason });
    if (verdict === 'block') {
      if (direction === 'input') for (const text of texts) this.#masks.replace(text, BLOCKED);
      throw isFailure ? unansweredBy(by) : blockedBy(by);
    }
    if (verdict !== 'mask' || judgement.action !== 'mask') return texts;
    if (direction === 'input') this.#noteReplaced(texts, judgement.texts);
    return judgement.texts;
  }

  #noteReplaced(texts: readonly string[], others: readonly string[]): void {
    for (const [index, text] of texts.entries()) {
      const other = others[index];
      if (other !== undefined && other !== text) this.#masks.replace(text, other);
    }
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

const FAILED = { block: 'block', pass: 'flag' } as const;

function isExternal(compiled: CompiledGuardrail): compiled is External {
  return compiled.guardrail.check.kind === 'http';
}
