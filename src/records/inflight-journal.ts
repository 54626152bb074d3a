import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, parseJsonOrUndefined } from '../kernel/json.ts';
import { decodeNote, encodeNote, type InFlightNote } from './inflight-note.ts';

const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;
const FILE_PREFIX = 'inflight-';

type Segment = { readonly path: string; readonly fd: number; bytes: number; open: number };

/** A call that has been journalled. */
export type InFlight = {
  /** The call goes to another deployment: the new note takes the place of the first. */
  readonly reroute: (note: InFlightNote) => void;
  /** Says how much of the answer has come, so that a crash later can tell. */
  readonly progress: (output: { readonly contentBytes: number; readonly contentEvents: number }) => void;
  /** The call's records are durable: the journal may forget it. */
  readonly end: () => void;
};

/**
 * Notes every call before it leaves, so that one which a crash cuts short still becomes a record. A note is one plain
 * append, which the operating system keeps when the process is killed; nobody waits for the disk. A segment file is
 * removed once all its calls have ended, so the journal stays as long as what is in flight.
 */
export class InFlightJournal {
  readonly #directory: string;
  readonly #instanceId: string;
  readonly #bootId: string | undefined;
  #segment: Segment | undefined;
  #segmentNumber = 0;

  /** `bootId` changes whenever the machine starts: what was written before may be lost. */
  constructor(options: {
    readonly directory: string;
    readonly instanceId: string;
    readonly bootId?: string | undefined;
  }) {
    this.#directory = options.directory;
    this.#instanceId = options.instanceId;
    this.#bootId = options.bootId;
  }

  /** Notes a call that is about to leave. */
  begin(note: InFlightNote): InFlight {
    const segment = this.#currentSegment();
    this.#write(segment, encodeNote(note));
    segment.open += 1;
    let isOver = false;
    return {
      reroute: (next) => this.#write(segment, encodeNote(next)),
      // The segment of a call that has ended may be gone, and its descriptor be another file's.
      progress: (output) => {
        if (!isOver) this.#writeIfPossible(segment, JSON.stringify({ id: note.id, ...output }));
      },
      end: () => {
        if (isOver) return;
        isOver = true;
        segment.open -= 1;
        if (segment.open === 0 && segment !== this.#segment) removeSegment(segment);
      },
    };
  }

  /** Removes the journal. A call that has not ended, since its records are nowhere yet, stays for the next start. */
  close(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment !== undefined && segment.open === 0) removeSegment(segment);
  }

  #currentSegment(): Segment {
    const current = this.#segment;
    if (current !== undefined && current.bytes < SEGMENT_BYTES_MAX) return current;
    this.#segmentNumber += 1;
    const path = join(this.#directory, `${FILE_PREFIX}${this.#instanceId}-${this.#segmentNumber}.jsonl`);
    this.#segment = { path, fd: openSync(path, 'a', 0o600), bytes: 0, open: 0 };
    if (current !== undefined && current.open === 0) removeSegment(current);
    if (this.#bootId !== undefined) this.#write(this.#segment, JSON.stringify({ boot: this.#bootId }));
    return this.#segment;
  }

  /** Without its last progress a call is only estimated lower; the next call that begins tells of a full disk. */
  #writeIfPossible(segment: Segment, line: string): void {
    try {
      this.#write(segment, line);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  #write(segment: Segment, line: string): void {
    try {
      segment.bytes += writeSync(segment.fd, `${line}\n`);
    } catch (cause) {
      // A call that could be lost must not leave.
      throw new GatewayError('hub.store_unavailable', { cause, retryAfterSeconds: 1 });
    }
  }
}

function removeSegment(segment: Segment): void {
  closeSync(segment.fd);
  rmSync(segment.path, { force: true });
}

/** How far an interrupted call had come. */
export type Progress = { readonly contentBytes: number; readonly contentEvents: number };

/** A call that was in flight when its process died. */
export type LeftCall = { readonly note: InFlightNote; readonly progress: Progress | undefined };

/** The journal of a dead process. `bootId` is that of the machine while it was written, where it is known. */
export type LeftJournal = {
  readonly path: string;
  readonly instanceId: string;
  readonly bootId: string | undefined;
  readonly calls: readonly LeftCall[];
};

/**
 * Reads the journals that dead processes left: each call with its last progress. `isDead` tells whether the instance of
 * that id is gone; journals of living ones are left alone.
 */
export function readLeftJournals(directory: string, isDead: (instanceId: string) => boolean): readonly LeftJournal[] {
  const names = readdirSync(directory).filter((name) => name.startsWith(FILE_PREFIX));
  return names
    .map((name) => ({ name, instanceId: name.slice(FILE_PREFIX.length, name.lastIndexOf('-')) }))
    .filter(({ instanceId }) => isDead(instanceId))
    .map(({ name, instanceId }) => ({ instanceId, ...readJournal(join(directory, name)) }));
}

function readJournal(path: string): Omit<LeftJournal, 'instanceId'> {
  const calls = new Map<string, LeftCall>();
  let bootId: string | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    // The last line may be torn: its call had not left yet.
    const note = decodeNote(line);
    if (note !== undefined) calls.set(note.id, { note, progress: undefined });
    else bootId = readBoot(line) ?? bootId;
    if (note === undefined) readProgress(line, calls);
  }
  return { path, bootId, calls: [...calls.values()] };
}

function readBoot(line: string): string | undefined {
  const value = parseJsonOrUndefined(line);
  const boot = isJsonObject(value) ? value['boot'] : undefined;
  return typeof boot === 'string' ? boot : undefined;
}

function readProgress(line: string, calls: Map<string, LeftCall>): void {
  const value = parseJsonOrUndefined(line);
  if (!isJsonObject(value)) return;
  const { id, contentBytes, contentEvents } = value;
  const call = typeof id === 'string' ? calls.get(id) : undefined;
  if (call === undefined || typeof contentBytes !== 'number' || typeof contentEvents !== 'number') return;
  calls.set(call.note.id, { ...call, progress: { contentBytes, contentEvents } });
}
