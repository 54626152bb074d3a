import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { BlockHead, ChatEvent } from '../../protocol/chat-events.ts';
import { unpackOpaque } from '../carried-opaque.ts';
import { decodeCitations } from './citations.ts';
import { DIALECT } from './names.ts';
import { typeOf } from './wire-type.ts';

/** Blocks of an answer: https://docs.anthropic.com/en/api/messages#response-content */

/** How a block begins, and what of it is said at once. A block of a stream begins empty and goes on in deltas. */
export type OpenedBlock = {
  /** `undefined` for a block that is only told when it is whole, as it is. */
  readonly head: BlockHead | undefined;
  readonly events: readonly ChatEvent[];
};

/** Reads a block with what it holds by now. */
export function openBlock(wire: JsonObject, block: number): OpenedBlock {
  switch (typeOf(wire)) {
    case 'text':
      return { head: { kind: 'text' }, events: [...textEvents(wire['text'], block), ...citationEvents(wire, block)] };
    case 'thinking':
      return {
        head: { kind: 'reasoning' },
        events: [...textEvents(wire['thinking'], block), ...opaqueEvents(wire['signature'], 'signature', block)],
      };
    case 'redacted_thinking':
      return { head: { kind: 'reasoning' }, events: opaqueEvents(wire['data'], 'redacted', block) };
    case 'tool_use':
      return { head: callHead(wire), events: [] };
    default:
      return { head: undefined, events: [] };
  }
}

/** A block that only this dialect has, whole. */
export function foreignHead(wire: JsonObject): BlockHead {
  return { kind: 'foreign', dialect: DIALECT, name: typeOf(wire), value: wire };
}

/** The arguments of a call that stand in the block itself. */
export function inputText(wire: JsonObject): string {
  const { input } = wire;
  return typeof input === 'object' && input !== null ? JSON.stringify(input) : '';
}

export function textEvents(text: JsonValue | undefined, block: number): readonly ChatEvent[] {
  return typeof text === 'string' && text !== '' ? [{ type: 'block-delta', block, text }] : [];
}

export function opaqueEvents(
  value: JsonValue | undefined,
  kind: 'signature' | 'redacted',
  block: number,
): readonly ChatEvent[] {
  if (typeof value !== 'string' || value === '') return [];
  return [{ type: 'block-opaque', block, opaque: unpackOpaque(value, DIALECT, kind) }];
}

function citationEvents(wire: JsonObject, block: number): readonly ChatEvent[] {
  return decodeCitations(wire['citations']).map((citation) => ({ type: 'block-citation', block, citation }));
}

function callHead(wire: JsonObject): BlockHead {
  const { id, name } = wire;
  return {
    kind: 'tool-call',
    id: typeof id === 'string' ? id : '',
    name: typeof name === 'string' ? name : '',
    toolKind: 'function',
  };
}
