import type { ContentRule } from '../protocol/contents.ts';
import type { Principal } from '../protocol/principal.ts';
import type { WireContent } from '../records/content-keeper.ts';
import { READ_BYTES_MAX } from '../records/content-text.ts';
import type { ContentsPort } from './ports.ts';

const NOTHING = Buffer.alloc(0);

/**
 * What is said in one request, held until it is over, for an organization that has it stored. There is none on any other
 * request. Of headers it knows the types of the bodies alone.
 */
export class ContentCapture {
  readonly #rule: ContentRule;
  readonly #contents: ContentsPort;
  #heldBytes = 0;
  #isOver = false;
  #request: WireContent['request'] = { mediaType: undefined, bytes: 0, read: NOTHING };
  #answerType: string | undefined;
  #answerBytes = 0;
  #answerRead = 0;
  #answer: Buffer[] = [];

  constructor(rule: ContentRule, contents: ContentsPort) {
    this.#rule = rule;
    this.#contents = contents;
  }

  /** The body as it came. */
  takeRequest(body: Buffer, mediaType: string | undefined): void {
    const isRead = body.length <= READ_BYTES_MAX && this.#takeRoom(body.length);
    this.#request = { mediaType, bytes: body.length, read: isRead ? body : NOTHING };
  }

  /** A piece of the answer as it is given to the caller. */
  takeAnswer(piece: Buffer | string, mediaType: string): void {
    if (this.#isOver) return;
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    this.#answerType = mediaType;
    this.#answerBytes += bytes.length;
    const wanted = bytes.subarray(0, READ_BYTES_MAX - this.#answerRead);
    if (wanted.length === 0 || !this.#takeRoom(wanted.length)) return;
    this.#answerRead += wanted.length;
    this.#answer.push(wanted);
  }

  /** The request is over, and its records are written: hands over what was said, and what of it was replaced by what. */
  keep(row: Principal & { readonly id: string; readonly startedAt: number }, replaced?: WireContent['replaced']): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { id, startedAt, organizationId, projectId } = row;
    this.#contents.keep({
      id,
      startedAt,
      organizationId,
      projectId,
      rule: this.#rule,
      request: this.#request,
      answer: { mediaType: this.#answerType, bytes: this.#answerBytes, read: Buffer.concat(this.#answer) },
      replaced,
      heldBytes: this.#heldBytes,
    });
  }

  /** Lets go of everything: there is nothing to be stored, or no room for it. */
  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#contents.release(this.#heldBytes);
    this.#answer = [];
    this.#request = { ...this.#request, read: NOTHING };
  }

  #takeRoom(bytes: number): boolean {
    if (this.#contents.take(bytes)) {
      this.#heldBytes += bytes;
      return true;
    }
    this.#contents.noteLost();
    this.drop();
    return false;
  }
}
