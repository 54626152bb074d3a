import type { CachedAnswer } from '../protocol/cached-answer.ts';
import type { AnswerShelf } from './ports.ts';

/** What an answer takes beside its bytes. */
const OVERHEAD_BYTES = 1024;

/** Answers in the memory of one process: of more than there is room for, those go that were not asked for longest. */
export class MemoryShelf implements AnswerShelf {
  readonly #bytesMax: number;
  /** The one that was asked for longest ago first. */
  readonly #answers = new Map<string, { readonly organizationId: string; readonly answer: CachedAnswer }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get: AnswerShelf['get'] = ({ organizationId }, id, now) => {
    const found = this.#answers.get(id);
    if (found === undefined || found.organizationId !== organizationId) return Promise.resolve(undefined);
    this.#remove(id);
    if (found.answer.expiresAt <= now) return Promise.resolve(undefined);
    this.#add(id, found);
    return Promise.resolve(found.answer);
  };

  put: AnswerShelf['put'] = ({ organizationId }, id, answer) => {
    this.#remove(id);
    if (sizeOf(answer) <= this.#bytesMax) this.#add(id, { organizationId, answer });
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#remove(oldest);
    }
    return Promise.resolve();
  };

  #add(id: string, held: { readonly organizationId: string; readonly answer: CachedAnswer }): void {
    this.#answers.set(id, held);
    this.#bytes += sizeOf(held.answer);
  }

  #remove(id: string): void {
    const found = this.#answers.get(id);
    if (found === undefined) return;
    this.#answers.delete(id);
    this.#bytes -= sizeOf(found.answer);
  }
}

function sizeOf({ body }: CachedAnswer): number {
  return body.length + OVERHEAD_BYTES;
}
