import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject, JsonValue } from '../../kernel/json.ts';
import type { ChatMessage } from '../../protocol/chat-parts.ts';
import { safeCallId } from './call-ids.ts';
import { type Encoding, encodeForeign, encodeInput, encodeOutput, encodeText } from './encode-parts.ts';
import type { ModelAbilities } from './model-abilities.ts';

/**
 * The conversation in Anthropic's form: the system prompt apart, turns of user and assistant by turns, the results of
 * tools first in the user's turn. https://docs.anthropic.com/en/api/messages#body-messages
 */
export type EncodedMessages = { readonly system: JsonValue | undefined; readonly turns: readonly Turn[] };

/** One message on the wire. Results are kept apart because they must come first in their turn. */
export type Turn = {
  readonly role: 'user' | 'assistant' | 'system';
  readonly results: JsonObject[];
  readonly content: JsonObject[];
};

type SystemMessage = Extract<ChatMessage, { role: 'system' | 'developer' }>;
type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

/** Turns the messages into a system prompt and turns. */
export function encodeMessages(
  messages: readonly ChatMessage[],
  abilities: ModelAbilities,
  encoding: Encoding,
): EncodedMessages {
  const opening = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  const leading = opening < 0 ? messages : messages.slice(0, opening);
  const system = leading.flatMap((message) => (isSystem(message) ? encodeSystem(message, encoding) : []));
  const writer = new TurnWriter(abilities, encoding);
  for (const message of opening < 0 ? [] : messages.slice(opening)) writer.add(message);
  writer.end();
  return { system: system.length === 0 ? undefined : simplify(system), turns: writer.turns };
}

/** A turn as a message: its content is a string where it is one plain text. */
export function messageOf({ role, results, content }: Turn): JsonObject {
  return { role, content: simplify([...results, ...content]) };
}

class TurnWriter {
  readonly turns: Turn[] = [];
  readonly #abilities: ModelAbilities;
  readonly #encoding: Encoding;
  /** System messages of the conversation that wait for their place: right before the next answer. */
  #waiting: JsonObject[][] = [];

  constructor(abilities: ModelAbilities, encoding: Encoding) {
    this.#abilities = abilities;
    this.#encoding = encoding;
  }

  add(message: ChatMessage): void {
    const { losses } = this.#encoding;
    if (message.role !== 'tool') losses.addIf(message.name, 'messages.name', 'messages have no name');
    switch (message.role) {
      case 'system':
      case 'developer':
        this.#addSystem(encodeSystem(message, this.#encoding));
        return;
      case 'user':
        this.#turn('user').content.push(...each(message.parts, (part) => encodeInput(part, this.#encoding)));
        return;
      case 'assistant':
        this.#flush();
        this.#turn('assistant').content.push(...each(message.parts, (part) => encodeOutput(part, this.#encoding)));
        return;
      case 'tool':
        this.#turn('user').results.push(this.#encodeResult(message));
        return;
      default:
        assertNever(message);
    }
  }

  /** Turns in which nothing is said are refused. */
  end(): void {
    this.#flush();
    const said = this.turns.filter(({ results, content }) => results.length > 0 || content.length > 0);
    this.turns.length = 0;
    for (const turn of said) {
      const last = this.turns.at(-1);
      if (last === undefined || last.role !== turn.role || turn.role === 'system') {
        this.turns.push(turn);
        continue;
      }
      last.results.push(...turn.results);
      last.content.push(...turn.content);
    }
  }

  /** Neighbours of one role are one turn. */
  #turn(role: 'user' | 'assistant'): Turn {
    const last = this.turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, results: [], content: [] };
    this.turns.push(turn);
    return turn;
  }

  #addSystem(blocks: JsonObject[]): void {
    if (blocks.length === 0) return;
    if (this.#abilities.inlineSystem) this.#waiting.push(blocks);
    else this.#addAsUser(blocks);
  }

  /**
   * A system message within the conversation has to follow a user's turn and to precede an answer or the end, so one that
   * stands among a user's messages comes after all of them.
   * https://docs.anthropic.com/en/docs/build-with-claude/mid-conversation-system-messages
   */
  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const last = this.turns.at(-1);
    const follows = last?.role === 'user' && (last.content.length > 0 || last.results.length > 0);
    for (const content of waiting) {
      if (follows) this.turns.push({ role: 'system', results: [], content });
      else this.#addAsUser(content);
    }
  }

  /** Where the provider takes none, a system message keeps its place and loses its authority but for a mark. */
  #addAsUser(blocks: readonly JsonObject[]): void {
    this.#encoding.losses.add('messages.system', 'within the conversation it is told as a marked text of the user');
    for (const block of blocks) {
      const { type, text } = block;
      if (type === 'text' && typeof text === 'string') block['text'] = `<system>\n${text}\n</system>`;
    }
    this.#turn('user').content.push(...blocks);
  }

  #encodeResult(message: ToolMessage): JsonObject {
    const { marks } = this.#encoding;
    const content = each(message.parts, (part) => encodeInput(part, this.#encoding));
    const block: JsonObject = { type: 'tool_result', tool_use_id: safeCallId(message.callId) };
    if (content.length > 0) block['content'] = simplify(content);
    if (message.isError !== undefined) block['is_error'] = message.isError;
    return marks.mark(block, message.cache);
  }
}

function isSystem(message: ChatMessage): message is SystemMessage {
  return message.role === 'system' || message.role === 'developer';
}

function encodeSystem(message: SystemMessage, encoding: Encoding): JsonObject[] {
  return each(message.parts, (part) =>
    part.type === 'text' ? encodeText(part, encoding) : encodeForeign(part, encoding.losses),
  );
}

function each<P>(parts: readonly P[], encode: (part: P) => JsonObject | undefined): JsonObject[] {
  return parts.map(encode).filter((block) => block !== undefined);
}

/** One plain text may be a string, which every server of this form understands. */
function simplify(blocks: readonly JsonObject[]): JsonValue {
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.['type'] === 'text' && Object.keys(first).length === 2;
  return isPlain && typeof first?.['text'] === 'string' ? first['text'] : [...blocks];
}
