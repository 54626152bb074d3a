import { isJsonObject, type JsonValue } from '../kernel/json.ts';

/** One string in one event, and a way to put another in its place. */
export type EventPiece = { readonly text: string; readonly put: (text: string) => void };

/** Numbers by which events say which of several texts a piece belongs to. */
const INDEXES = ['index', 'output_index', 'content_index', 'summary_index'] as const;

/**
 * The strings of a stream's events, put together by where they stand: in each list the pieces of one text, as far as its
 * dialect sends it in pieces. No dialect need be known for that.
 */
export function joinedPieces(events: readonly (JsonValue | undefined)[]): Iterable<readonly EventPiece[]> {
  const tracks = new Map<string, EventPiece[]>();
  const add = (path: string, piece: EventPiece): void => {
    const track = tracks.get(path);
    if (track === undefined) tracks.set(path, [piece]);
    else track.push(piece);
  };
  for (const event of events) if (event !== undefined) walk(event, '', add);
  return tracks.values();
}

type Add = (path: string, piece: EventPiece) => void;

function walk(value: JsonValue, path: string, add: Add): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      const at = `${path}[${isJsonObject(item) && typeof item['index'] === 'number' ? '' : index}]`;
      if (typeof item === 'string') add(at, { text: item, put: (text) => (value[index] = text) });
      else walk(item, at, add);
    });
    return;
  }
  if (!isJsonObject(value)) return;
  const inner = INDEXES.reduce((at, name) => (typeof value[name] === 'number' ? `${at}#${value[name]}` : at), path);
  for (const [name, item] of Object.entries(value)) {
    const at = `${inner}.${name}`;
    if (typeof item === 'string') add(at, { text: item, put: (text) => (value[name] = text) });
    else if (item !== undefined) walk(item, at, add);
  }
}
