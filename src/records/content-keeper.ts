import type { ContentRow, ContentRule, RequestContent } from '../protocol/contents.ts';
import type { Tenant } from '../protocol/tenant.ts';
import type { ContentStore } from './content-ports.ts';
import { textOfSide, type WireSide } from './content-text.ts';

const DAY_MS = 86_400_000;
/** Contents held in memory at one time, of requests under way and of those that wait to be written. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** Contents in one commit. */
const BATCH_MAX = 32;
/** Sealed characters after which a commit takes no more. */
const BATCH_CHARS_MAX = 4 * 1024 * 1024;

/** What was said in a request that is over. */
export type WireContent = Tenant & {
  /** Of its usage record. */
  readonly id: string;
  readonly startedAt: number;
  readonly rule: ContentRule;
  readonly request: WireSide;
  readonly answer: WireSide;
  /** What is stored in the place of what guardrails found; missing where they replaced nothing. */
  readonly replaced?: ReadonlyMap<string, string> | undefined;
  /** How many bytes were taken for it. */
  readonly heldBytes: number;
};

/** Why a content was not stored. */
export type ContentLoss = 'memory' | 'store';

export type ContentKeeperDeps = {
  readonly store: Pick<ContentStore, 'insert'>;
  readonly seal: (content: RequestContent, row: Pick<ContentRow, 'organizationId' | 'id'>) => string;
  /** Resolves when whatever else waits has had its turn. */
  readonly breathe: () => Promise<void>;
  /** Told of contents that were lost; for the metrics and the log. */
  readonly onLost: (count: number, why: ContentLoss, cause: unknown) => void;
  readonly heldBytesMax?: number;
};

/**
 * Stores what is said in requests, after they are over and beside their records: nobody waits for it, what it holds in
 * memory is bounded, and where there is no room or no store, the content is lost and counted, never the record.
 */
export class ContentKeeper {
  readonly #deps: ContentKeeperDeps;
  readonly #heldBytesMax: number;
  #heldBytes = 0;
  #queue: WireContent[] = [];
  #writing: Promise<void> | undefined;

  constructor(deps: ContentKeeperDeps) {
    this.#deps = deps;
    this.#heldBytesMax = deps.heldBytesMax ?? HELD_BYTES_MAX;
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes room for so many bytes; false where there is none. */
  take(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#heldBytesMax) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** Gives room back. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /** Tells of a content for which there was no room. */
  noteLost(): void {
    this.#deps.onLost(1, 'memory', undefined);
  }

  /** Stores it in its own time. Its bytes have been taken, and are given back here. */
  keep(content: WireContent): void {
    this.#queue.push(content);
    this.#writing ??= this.#drain();
  }

  /** Waits until everything is written or lost. Call once no request is under way. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const rows: ContentRow[] = [];
      let held = 0;
      let chars = 0;
      while (rows.length < BATCH_MAX && chars < BATCH_CHARS_MAX) {
        const content = this.#queue.shift();
        if (content === undefined) break;
        held += content.heldBytes;
        // Reading and sealing a long one takes milliseconds, which are not taken twice in a row.
        await this.#deps.breathe();
        const row = this.#sealed(content);
        if (row === undefined) continue;
        rows.push(row);
        chars += row.sealed.length;
      }
      await this.#deps.store.insert(rows).catch((cause: unknown) => this.#deps.onLost(rows.length, 'store', cause));
      this.release(held);
    }
    this.#writing = undefined;
  }

  #sealed({
    organizationId,
    projectId,
    id,
    startedAt,
    rule,
    request,
    answer,
    replaced,
  }: WireContent): ContentRow | undefined {
    try {
      const content: RequestContent = {
        isRedacted: rule.redacts,
        request: textOfSide(request, rule.redacts, replaced),
        answer: textOfSide(answer, rule.redacts, replaced),
      };
      const expiresAt = startedAt + rule.keepDays * DAY_MS;
      const sealed = this.#deps.seal(content, { organizationId, id });
      return { id, organizationId, projectId, createdAt: startedAt, expiresAt, sealed };
    } catch (cause) {
      this.#deps.onLost(1, 'store', cause);
      return undefined;
    }
  }
}
