import { createHash } from 'node:crypto';
import { assertNever } from '../../kernel/assert.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type {
  CacheMarker,
  ChatMessage,
  FilePart,
  InputPart,
  MediaSource,
  OutputPart,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from '../../protocol/chat-parts.ts';
import type { Losses } from '../losses.ts';
import { writeAnnotation } from './annotations.ts';
import { NAME } from './name.ts';

/** What the items of one request are made with. */
export type InputWorld = {
  readonly losses: Losses;
  readonly newId: (prefix: string) => string;
  readonly noDeveloperRole: boolean;
  /** Whether the caller's markers of the prompt's cache are in this dialect's own words. */
  readonly keepsMarkers: boolean;
};

/** https://platform.openai.com/docs/api-reference/responses/create#responses-create-input */
const CALL_ID_CHARACTERS_MAX = 64;
/** A file that comes as bytes has to have a name. */
const FILENAME = 'file';

/**
 * The conversation as items. Instructions stand among them where they were said, and not in `instructions`, which has
 * one place only: https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
 */
export function encodeInput(messages: readonly ChatMessage[], world: InputWorld): readonly JsonObject[] {
  const writer = new ItemWriter(world);
  for (const message of messages) writer.write(message);
  return writer.items;
}

class ItemWriter {
  readonly items: JsonObject[] = [];
  readonly #world: InputWorld;
  readonly #losses: Losses;
  /** Ids of the calls of custom tools: their results have a type of their own. */
  readonly #customCalls = new Set<string>();

  constructor(world: InputWorld) {
    this.#world = world;
    this.#losses = world.losses;
  }

  write(message: ChatMessage): void {
    if (message.role !== 'tool') this.#losses.addIf(message.name, 'messages.name', 'a message has no name here');
    switch (message.role) {
      case 'system':
      case 'developer': {
        const role = this.#world.noDeveloperRole ? 'system' : message.role;
        return this.#writeMessage(role, message.parts);
      }
      case 'user':
        return this.#writeMessage('user', message.parts);
      case 'assistant':
        return this.#writeTurn(message.parts);
      case 'tool':
        return this.#writeResult(message);
      default:
        assertNever(message);
    }
  }

  /** What this dialect's own tools left among a message's parts are items beside the message. */
  #writeMessage(role: string, parts: readonly InputPart[]): void {
    const content = this.#contentOf(parts);
    if (content.length > 0) this.items.push({ type: 'message', role, content });
  }

  #writeResult(message: Extract<ChatMessage, { readonly role: 'tool' }>): void {
    if (message.isError === true) {
      this.#losses.add('messages.isError', 'a result does not say whether the tool failed; its text may');
    }
    this.#marker(message.cache);
    const isCustom = (message.kind ?? (this.#customCalls.has(message.callId) ? 'custom' : 'function')) === 'custom';
    const [only] = message.parts;
    const isText = message.parts.length === 1 && only?.type === 'text' && only.cache === undefined;
    const output = isText ? only.text : this.#contentOf(message.parts);
    this.items.push({
      type: isCustom ? 'custom_tool_call_output' : 'function_call_output',
      call_id: callId(message.callId),
      output: output.length === 0 ? '' : output,
    });
  }

  #contentOf(parts: readonly InputPart[]): JsonObject[] {
    const content: JsonObject[] = [];
    for (const part of parts) {
      const written = this.#writePart(part);
      if (written !== undefined) content.push(written);
    }
    return content;
  }

  #writePart(part: InputPart): JsonObject | undefined {
    switch (part.type) {
      case 'text':
        this.#lossesOfText(part);
        return { type: 'input_text', text: part.text, ...this.#marker(part.cache) };
      case 'image': {
        const detail = part.detail ?? 'auto';
        return { type: 'input_image', image_url: addressOf(part.source), detail, ...this.#marker(part.cache) };
      }
      case 'file':
        return this.#writeFile(part);
      case 'audio':
        this.#losses.add('messages.audio', 'the Responses API takes no sound');
        return undefined;
      case 'foreign':
        if (part.dialect === NAME) return part.value;
        this.#losses.add(`messages.${part.kind}`, `it belongs to ${part.dialect}`);
        return undefined;
      default:
        return assertNever(part);
    }
  }

  /** https://platform.openai.com/docs/guides/pdf-files */
  #writeFile(part: FilePart): JsonObject | undefined {
    const { source } = part;
    const mediaType = part.mediaType ?? (source.from === 'base64' ? source.mediaType : undefined);
    if (mediaType?.startsWith('video/') === true) {
      this.#losses.add('messages.video', 'the Responses API takes no video');
      return undefined;
    }
    this.#losses.addIf(part.context, 'messages.file.context', 'a file has no context here');
    if (part.wantsCitations === true) this.#losses.add('messages.file.wantsCitations', 'a file is not cited');
    const filename = part.filename ?? part.title;
    const marker = this.#marker(part.cache);
    switch (source.from) {
      case 'url':
        return { type: 'input_file', file_url: source.url, ...marker };
      case 'base64':
        return { type: 'input_file', filename: filename ?? FILENAME, file_data: addressOf(source), ...marker };
      case 'text':
        this.#losses.addIf(filename, 'messages.file.filename', 'a document of plain text is sent as text');
        return { type: 'input_text', text: source.text, ...marker };
      default:
        return assertNever(source);
    }
  }

  /** The assistant's turn: texts that follow one another are one message, all else are items of their own. */
  #writeTurn(parts: readonly OutputPart[]): void {
    let words: (TextPart | RefusalPart)[] = [];
    const flush = (): void => {
      if (words.length > 0) this.items.push(this.#messageOf(words));
      words = [];
    };
    for (const part of parts) {
      if (part.type === 'text' || part.type === 'refusal') {
        words.push(part);
        continue;
      }
      const item = this.#itemOf(part);
      if (item === undefined) continue;
      flush();
      this.items.push(item);
    }
    flush();
    this.#dropThoughtsWithoutDeed();
  }

  /** A turn that ended in the middle of thinking: reasoning is refused without the item that it led to. */
  #dropThoughtsWithoutDeed(): void {
    while (this.items.at(-1)?.['type'] === 'reasoning') {
      this.items.pop();
      this.#losses.add('messages.reasoning', 'reasoning is only taken back with what it led to');
    }
  }

  #itemOf(part: Exclude<OutputPart, TextPart | RefusalPart>): JsonObject | undefined {
    switch (part.type) {
      case 'reasoning':
        return this.#reasoningOf(part);
      case 'tool-call':
        return this.#callOf(part);
      case 'foreign':
        if (part.dialect === NAME) return part.value;
        this.#losses.add(`messages.${part.kind}`, `it belongs to ${part.dialect}`);
        return undefined;
      case 'image':
      case 'audio':
        this.#losses.add(`messages.${part.type}`, 'what the assistant drew or spoke is not told back');
        return undefined;
      default:
        return assertNever(part);
    }
  }

  /** A plain text goes as such; what has more to it goes in the form in which the API itself answers. */
  #messageOf(words: readonly (TextPart | RefusalPart)[]): JsonObject {
    const [only] = words;
    if (words.length === 1 && only?.type === 'text' && only.citations === undefined) {
      this.#lossesOfText(only);
      this.#assistantMarker(only.cache);
      return { type: 'message', role: 'assistant', content: only.text };
    }
    return {
      type: 'message',
      id: this.#world.newId('msg'),
      status: 'completed',
      role: 'assistant',
      content: words.map((part) => this.#wordsOf(part)),
    };
  }

  #wordsOf(part: TextPart | RefusalPart): JsonObject {
    if (part.type === 'refusal') return { type: 'refusal', refusal: part.text };
    this.#lossesOfText(part);
    this.#assistantMarker(part.cache);
    const annotations: JsonObject[] = [];
    for (const citation of part.citations ?? []) {
      const annotation = writeAnnotation(citation, part.text.length);
      if (annotation === undefined) this.#losses.add('messages.citations', 'a document is cited by its id alone');
      else annotations.push(annotation);
    }
    return { type: 'output_text', text: part.text, annotations, logprobs: [] };
  }

  /** Only reasoning that the provider can decrypt is taken back: nothing is kept there to find the rest by. */
  #reasoningOf(part: ReasoningPart): JsonObject | undefined {
    const { opaque, text } = part;
    if (opaque?.dialect !== NAME) {
      this.#losses.add('messages.reasoning', 'the Responses API takes back only what it encrypted itself');
      return undefined;
    }
    return {
      type: 'reasoning',
      ...(part.id === undefined ? {} : { id: part.id }),
      summary: text === '' ? [] : [{ type: 'summary_text', text }],
      encrypted_content: opaque.value,
    };
  }

  #callOf(part: ToolCallPart): JsonObject {
    if (part.opaque !== undefined) {
      this.#losses.add('messages.reasoning', `a call carries no signature of ${part.opaque.dialect}`);
    }
    this.#assistantMarker(part.cache);
    const { id, name } = part;
    if (part.kind === 'function') {
      const text = part.arguments === '' ? '{}' : part.arguments;
      return { type: 'function_call', call_id: callId(id), name, arguments: text };
    }
    this.#customCalls.add(id);
    return { type: 'custom_tool_call', call_id: callId(id), name, input: part.arguments };
  }

  #lossesOfText(part: TextPart): void {
    if (part.opaque === undefined) return;
    this.#losses.add('messages.reasoning', `a text carries no signature of ${part.opaque.dialect}`);
  }

  /** https://platform.openai.com/docs/guides/prompt-caching: without markers a long prompt is cached all the same. */
  #marker(cache: CacheMarker | undefined): JsonObject {
    if (cache === undefined) return {};
    if (this.#world.keepsMarkers && cache.ttl === undefined) return { prompt_cache_breakpoint: { mode: 'explicit' } };
    this.#losses.addIf(cache, 'messages.cache', 'the provider finds by itself what it caches of a prompt');
    return {};
  }

  #assistantMarker(cache: CacheMarker | undefined): void {
    this.#losses.addIf(cache, 'messages.cache', 'the provider finds by itself what it caches of a prompt');
  }
}

/** A call and its result find each other by an id; one that is too long is told by its beginning and its hash. */
function callId(id: string): string {
  if (id.length <= CALL_ID_CHARACTERS_MAX) return id;
  const hash = createHash('sha256')
    .update(id)
    .digest('hex')
    .slice(0, CALL_ID_CHARACTERS_MAX / 2);
  return id.slice(0, CALL_ID_CHARACTERS_MAX / 2) + hash;
}

/** An address, or the bytes as a data URL. */
function addressOf(source: MediaSource): string {
  switch (source.from) {
    case 'url':
      return source.url;
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`;
    case 'text':
      return `data:text/plain;base64,${Buffer.from(source.text).toString('base64')}`;
    default:
      return assertNever(source);
  }
}
