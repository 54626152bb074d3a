import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { Opaque, OutputPart, ToolCallPart } from '../../protocol/chat-parts.ts';
import { unpackSignature } from './carried-signature.ts';
import { GEMINI, NO_SIGNATURE } from './name.ts';

/** What the API takes in place of a signature that is missing, and nobody has to give back. */
const STAND_INS: ReadonlySet<string> = new Set([NO_SIGNATURE, 'context_engineering_is_the_way_to_go']);

/**
 * Puts the parts of a model's turn together again. What was streamed comes back piece by piece: pieces of one text belong
 * together up to the one that is signed: https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export class TurnReader {
  readonly #parts: OutputPart[];

  /** `before` is what was read of the turn already. */
  constructor(before: readonly OutputPart[]) {
    this.#parts = [...before];
  }

  get parts(): readonly OutputPart[] {
    return this.#parts;
  }

  /** A text, or a piece of one; of what was thought where the part says so. */
  addText(text: string, part: JsonObject): void {
    const { sealed, own } = this.#sealOf(part);
    if (part['thought'] === true) return this.#addThought(text, sealed?.opaque ?? own, sealed?.text ?? '');
    if (sealed !== undefined) this.#parts.push({ type: 'reasoning', text: sealed.text, opaque: sealed.opaque });
    const last = this.#parts.at(-1);
    const goesOn = last?.type === 'text' && last.opaque === undefined && sealed === undefined;
    if (goesOn && (text !== '' || own !== undefined)) {
      this.#parts[this.#parts.length - 1] = { ...last, text: last.text + text, ...signed(own) };
    } else if (text !== '') this.#parts.push({ type: 'text', text, ...signed(own) });
    // A signature alone, where no text stands before it, stands for itself.
    else if (own !== undefined) this.#parts.push({ type: 'reasoning', text: '', opaque: own });
  }

  /** A call with its signature; what another service sealed before the call stands before it. */
  addCall(call: Pick<ToolCallPart, 'id' | 'name' | 'arguments'>, part: JsonObject): void {
    const { sealed, own } = this.#sealOf(part);
    if (sealed !== undefined) this.#parts.push({ type: 'reasoning', text: sealed.text, opaque: sealed.opaque });
    this.#parts.push({ type: 'tool-call', ...call, kind: 'function', ...signed(own) });
  }

  addOther(part: OutputPart): void {
    this.#parts.push(part);
  }

  #addThought(text: string, opaque: Opaque | undefined, unseen: string): void {
    const last = this.#parts.at(-1);
    if (last?.type === 'reasoning' && last.opaque === undefined) {
      const whole = last.text + text;
      this.#parts[this.#parts.length - 1] = { ...last, text: whole === '' ? unseen : whole, ...signed(opaque) };
    } else if (text !== '' || opaque !== undefined) {
      this.#parts.push({ type: 'reasoning', text: text === '' ? unseen : text, ...signed(opaque) });
    }
  }

  #sealOf({ thoughtSignature }: JsonObject) {
    const signature = textOf(thoughtSignature);
    const sealed = signature === undefined ? undefined : unpackSignature(signature);
    const isOwn = signature !== undefined && sealed === undefined;
    const own: Opaque | undefined = isOwn ? { dialect: GEMINI, kind: 'signature', value: signature } : undefined;
    return { sealed, own };
  }
}

function signed(opaque: Opaque | undefined): { readonly opaque?: Opaque } {
  return opaque === undefined ? {} : { opaque };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && !STAND_INS.has(value) ? value : undefined;
}
