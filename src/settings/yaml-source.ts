import { isCollection, isMap, isNode, isPair, LineCounter, type Node, parseDocument } from 'yaml';

/** A place in a text, both counted from one. */
export type Position = { readonly line: number; readonly column: number };

/** A parsed YAML text that still knows where each value stands. */
export type YamlSource = {
  /** The plain value; `{}` for an empty document. */
  readonly value: unknown;
  /** Where the text is not YAML; the value is then not to be used. */
  readonly faults: readonly { readonly position: Position; readonly message: string }[];
  /** Where the value of a path stands, or the nearest thing around it that does. */
  readonly positionOf: (path: readonly PropertyKey[]) => Position;
  /** Where a key itself stands within the map at `path`. */
  readonly positionOfKey: (path: readonly PropertyKey[], key: string) => Position;
};

const START: Position = { line: 1, column: 1 };
/** A hub.yaml has no use for anchors that multiply themselves. */
const ALIASES_MAX = 100;

/**
 * Parses one YAML document and keeps the positions.
 * See the parser's own pages: https://eemeli.org/yaml/#documents and https://eemeli.org/yaml/#linecounter
 */
export function parseYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line === 0 ? START : { line, column: col };
  };
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    position: at(error.pos[0]),
    message: error.message,
  }));
  const root: unknown = document.contents;
  const positionOf = (path: readonly PropertyKey[]): Position => {
    const node = nodeAt(root, path);
    return node?.range === undefined || node.range === null ? START : at(node.range[0]);
  };
  return {
    value: faults.length > 0 ? {} : (document.toJS({ maxAliasCount: ALIASES_MAX }) ?? {}),
    faults,
    positionOf,
    positionOfKey: (path, key) => {
      const map = nodeAt(root, path);
      const pair = isMap(map) ? map.items.find((item) => isPair(item) && keyText(item.key) === key) : undefined;
      return isNode(pair?.key) && pair.key.range ? at(pair.key.range[0]) : positionOf(path);
    },
  };
}

/** The node at a path, or the last one on the way to it. */
function nodeAt(root: unknown, path: readonly PropertyKey[]): Node | undefined {
  let node: unknown = root;
  for (const step of path) {
    if (!isCollection(node)) break;
    const next: unknown = node.get(typeof step === 'symbol' ? step.toString() : step, true);
    if (!isNode(next)) break;
    node = next;
  }
  return isNode(node) ? node : undefined;
}

function keyText(key: unknown): string {
  return String(isNode(key) && 'value' in key ? key.value : key);
}
