import { assertNever } from '../../kernel/assert.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonOrUndefined } from '../../kernel/json.ts';
import type { ChatMessage, OutputPart, ReasoningPart, ToolCallPart } from '../../protocol/chat-parts.ts';
import { cacheField, encodeForeign, encodeImage, encodeInputParts, listOf, type PartTarget } from './encode-parts.ts';
import { OPENAI_CHAT } from './name.ts';
import { writeDetails } from './reasoning-details.ts';

type MessageOf<Role> = Extract<ChatMessage, { readonly role: Role }>;

/**
 * The conversation as the provider's messages. A tool may answer with text alone, so pictures and files of results follow
 * in a user's message once all results of the turn are there:
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
 */
export function encodeMessages(messages: readonly ChatMessage[], target: PartTarget): JsonObject[] {
  const wire: JsonObject[] = [];
  let attachments: JsonObject[] = [];
  for (const message of messages) {
    if (message.role !== 'tool' && attachments.length > 0) {
      wire.push({ role: 'user', content: attachments });
      attachments = [];
    }
    wire.push(encodeMessage(message, target, attachments));
  }
  if (attachments.length > 0) wire.push({ role: 'user', content: attachments });
  return wire;
}

function encodeMessage(message: ChatMessage, target: PartTarget, attachments: JsonObject[]): JsonObject {
  switch (message.role) {
    case 'system':
      return encodeInput('system', message, target);
    case 'developer':
      return encodeInput(target.quirks.noDeveloperRole ? 'system' : 'developer', message, target);
    case 'user':
      return encodeInput('user', message, target);
    case 'assistant':
      return encodeAssistant(message, target);
    case 'tool':
      return encodeResult(message, target, attachments);
    default:
      return assertNever(message);
  }
}

function encodeInput(
  role: string,
  message: MessageOf<'user'> | MessageOf<'system' | 'developer'>,
  target: PartTarget,
): JsonObject {
  return { role, content: contentOf(encodeInputParts(message.parts, target)), name: message.name };
}

/** One text alone is written as a string, which every speaker of the format takes. */
function contentOf(parts: JsonObject[]): JsonValue {
  const [first] = parts;
  if (first === undefined) return '';
  return parts.length === 1 && isPlainText(first) ? (first['text'] ?? '') : parts;
}

function isPlainText(part: JsonObject): boolean {
  return part['type'] === 'text' && part['cache_control'] === undefined;
}

function encodeAssistant(message: MessageOf<'assistant'>, target: PartTarget): JsonObject {
  const content: JsonObject[] = [];
  const images: JsonObject[] = [];
  const calls: JsonObject[] = [];
  const refusals: string[] = [];
  const fields: JsonObject = {};
  for (const part of message.parts) {
    switch (part.type) {
      case 'text':
        content.push({ type: 'text', text: part.text, ...cacheField(part.cache, 'messages.cache', target) });
        if (part.opaque !== undefined) target.losses.add('messages.reasoning', 'a text has no signature');
        break;
      case 'refusal':
        refusals.push(part.text);
        break;
      case 'tool-call':
        calls.push(encodeCall(part, target));
        break;
      case 'image':
        // OpenRouter takes back the pictures that it gave; OpenAI refuses the field.
        if (target.isOwn) images.push(...listOf(encodeImage(part, target)));
        else target.losses.add('messages.image', 'a picture of an earlier answer has no place');
        break;
      case 'foreign':
        encodeForeignOutput(part, { content, fields }, target);
        break;
      case 'audio':
        target.losses.add('messages.audio', 'sound of an earlier answer is kept by its provider alone');
        break;
      case 'reasoning':
        break;
      default:
        assertNever(part);
    }
  }
  // An assistant may say nothing only where it calls.
  const isSilent = content.length === 0 && (calls.length > 0 || refusals.length > 0);
  return {
    role: 'assistant',
    content: isSilent ? null : contentOf(content),
    name: message.name,
    ...encodeReasoning(message.parts, target),
    refusal: refusals.length === 0 ? undefined : refusals.join(''),
    images: images.length === 0 ? undefined : images,
    tool_calls: calls.length === 0 ? undefined : calls,
    ...fields,
  };
}

/** A part of the content, or a field of the message: the first has the type that it is known by. */
function encodeForeignOutput(
  part: Extract<OutputPart, { readonly type: 'foreign' }>,
  into: { readonly content: JsonObject[]; readonly fields: JsonObject },
  target: PartTarget,
): void {
  const value = encodeForeign(part, target);
  if (value === undefined) return;
  if (value['type'] === part.kind) into.content.push(value);
  else Object.assign(into.fields, value);
}

/** Reasoning goes back only to a provider that asks for it; others refuse the field or ignore it. */
function encodeReasoning(parts: readonly OutputPart[], { quirks, losses }: PartTarget): JsonObject {
  const reasoning = parts.filter((part): part is ReasoningPart => part.type === 'reasoning');
  if (reasoning.length === 0) return {};
  if (quirks.reasoningField === undefined) {
    losses.add('messages.reasoning', 'the provider takes no reasoning back');
    return {};
  }
  // Entries with signatures are OpenRouter's: https://openrouter.ai/docs/use-cases/reasoning-tokens
  const details = quirks.reasoningField === 'reasoning' ? writeDetails(reasoning) : undefined;
  if (
    reasoning.some(({ opaque }) => opaque !== undefined && (details === undefined || opaque.dialect !== OPENAI_CHAT))
  ) {
    losses.add('messages.reasoning', 'only the provider that made it can read its opaque form');
  }
  const text = reasoning.map((part) => part.text).filter((each) => each !== '');
  return {
    [quirks.reasoningField]: text.length === 0 ? undefined : text.join('\n\n'),
    reasoning_details: details,
  };
}

function encodeCall(part: ToolCallPart, target: PartTarget): JsonObject {
  const { id, name } = part;
  const extra = {
    extra_content: encodeSignature(part, target),
    ...cacheField(part.cache, 'messages.cache', target),
  };
  if (part.kind === 'custom') return { id, type: 'custom', custom: { name, input: part.arguments }, ...extra };
  const args = part.arguments === '' ? '{}' : part.arguments;
  return { id, type: 'function', function: { name, arguments: args }, ...extra };
}

function encodeSignature({ opaque }: ToolCallPart, { losses }: PartTarget): JsonObject | undefined {
  if (opaque === undefined) return undefined;
  const extra = opaque.dialect === OPENAI_CHAT ? parseJsonOrUndefined(opaque.value) : undefined;
  if (isJsonObject(extra)) return extra;
  losses.add('messages.reasoning', 'only the provider that made it can read its opaque form');
  return undefined;
}

function encodeResult(message: MessageOf<'tool'>, target: PartTarget, attachments: JsonObject[]): JsonObject {
  if (message.isError === true) target.losses.add('messages.isError', 'a result does not tell whether it is an error');
  const parts = encodeInputParts(message.parts, target);
  const texts = parts.filter((part) => part['type'] === 'text');
  const others = parts.filter((part) => part['type'] !== 'text');
  if (others.length > 0) {
    attachments.push({ type: 'text', text: `Attached to the result of the tool call ${message.callId}:` }, ...others);
  }
  return {
    role: 'tool',
    tool_call_id: message.callId,
    content: contentOf(texts),
    ...cacheField(message.cache, 'messages.cache', target),
  };
}
