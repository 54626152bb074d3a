import { isJsonObject, type JsonObject } from '../../../../src/kernel/json.ts';
import { isSealed } from '../answers.ts';
import { firstOf, objectAt, objectsIn, stringAt, unknownField } from '../prompt.ts';
import type { Refusal } from '../speech.ts';

/** The fields of https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const FIELDS: ReadonlySet<string> = new Set([
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'guardrailConfig',
  'inferenceConfig',
  'messages',
  'outputConfig',
  'performanceConfig',
  'promptVariables',
  'requestMetadata',
  'serviceTier',
  'system',
  'toolConfig',
]);
const INFERENCE_FIELDS: ReadonlySet<string> = new Set(['maxTokens', 'temperature', 'topP', 'stopSequences']);
const BLOCKS: ReadonlySet<string> = new Set([
  'text',
  'image',
  'document',
  'video',
  'audio',
  'toolUse',
  'toolResult',
  'guardContent',
  'cachePoint',
  'reasoningContent',
  'citationsContent',
  'searchResult',
]);
const TOOL_BLOCKS: ReadonlySet<string> = new Set(['toolSpec', 'systemTool', 'cachePoint']);
const TOOL_ID = /^[a-zA-Z0-9_.:-]{1,256}$/;
const TOOL_NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;
const DOCUMENT_NAME = /^[a-zA-Z0-9()[\]-]+(?: [a-zA-Z0-9()[\]-]+)*$/;
const IMAGE_FORMATS: readonly string[] = ['png', 'jpeg', 'gif', 'webp'];

const refusal = (message: string): Refusal => ({ status: 400, message, code: 'ValidationException' });

/** Why Bedrock refuses a conversation. */
export function refuseConverse(body: JsonObject): Refusal | undefined {
  const messages = objectsIn(body['messages']);
  return firstOf(
    () => refuseFields(body),
    () => refuseRoles(messages),
    () => refuseContents(messages),
    () => refuseTurns(messages),
    () => refuseTools(body, messages),
  );
}

function refuseFields(body: JsonObject): Refusal | undefined {
  const unknown = unknownField(body, FIELDS) ?? unknownField(objectAt(body, 'inferenceConfig'), INFERENCE_FIELDS);
  if (unknown !== undefined) {
    return refusal(
      `Malformed input request: #: extraneous key [${unknown}] is not permitted, please reformat your input and try again.`,
    );
  }
  if (!Array.isArray(body['messages']) || body['messages'].length === 0) {
    return refusal(
      "1 validation error detected: Value at 'messages' failed to satisfy constraint: Member must not be null",
    );
  }
  const system = objectsIn(body['system']).findIndex((block) => block['text'] === '');
  return system === -1
    ? undefined
    : refusal(
        `The text field in the ContentBlock object at system.${system} is blank. Add text to the text field, and try again.`,
      );
}

function refuseRoles(messages: readonly JsonObject[]): Refusal | undefined {
  for (const [index, { role }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant') {
      return refusal(
        `1 validation error detected: Value at 'messages.${index + 1}.member.role' failed to satisfy enum value set: [user, assistant]`,
      );
    }
    if (index === 0 && role !== 'user') {
      return refusal(
        'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
      );
    }
    if (index > 0 && messages[index - 1]?.['role'] === role) {
      return refusal(
        'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
      );
    }
  }
  return undefined;
}

function refuseContents(messages: readonly JsonObject[]): Refusal | undefined {
  for (const [index, { content }] of messages.entries()) {
    if (!Array.isArray(content) || content.length === 0) {
      return refusal(
        `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
      );
    }
    for (const [place, block] of content.entries()) {
      const found = refuseBlock(isJsonObject(block) ? block : {}, `messages.${index}.content.${place}`);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function refuseBlock(block: JsonObject, where: string): Refusal | undefined {
  const kinds = Object.keys(block);
  const [kind = ''] = kinds;
  if (kinds.length !== 1 || !BLOCKS.has(kind)) {
    return refusal(`The content field in the Message object at ${where} must have exactly one known member.`);
  }
  if (kind === 'text' && (stringAt(block, 'text') ?? '').trim() === '') {
    return refusal(
      `The text field in the ContentBlock object at ${where} is blank. Add text to the text field, and try again.`,
    );
  }
  const inner = objectAt(block, kind);
  if (kind === 'image' && !IMAGE_FORMATS.includes(stringAt(inner, 'format') ?? '')) {
    return refusal(`Value at '${where}.image.format' failed to satisfy enum value set: [${IMAGE_FORMATS.join(', ')}]`);
  }
  if (kind === 'document' && !DOCUMENT_NAME.test(stringAt(inner, 'name') ?? '')) {
    return refusal(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
    );
  }
  if ((kind === 'toolUse' || kind === 'toolResult') && !TOOL_ID.test(stringAt(inner, 'toolUseId') ?? '')) {
    return refusal(
      `Value at '${where}.${kind}.toolUseId' failed to satisfy constraint: Member must satisfy regular expression pattern: ${TOOL_ID.source}`,
    );
  }
  if (kind === 'toolUse' && !isJsonObject(inner['input'])) {
    return refusal(
      `The format of the value at ${where}.toolUse.input is invalid. Provide a json object for the field and try again.`,
    );
  }
  return kind === 'reasoningContent' ? refuseReasoning(inner, where) : undefined;
}

function refuseReasoning(reasoning: JsonObject, where: string): Refusal | undefined {
  const seal = stringAt(objectAt(reasoning, 'reasoningText'), 'signature') ?? stringAt(reasoning, 'redactedContent');
  if (seal === undefined) return refusal(`${where}.reasoningContent: signature: Field required`);
  return isSealed(seal) ? undefined : refusal(`${where}: Invalid \`signature\` in \`thinking\` block`);
}

/** Every call has its result in the very next message, and every result its call in the one before. */
function refuseTurns(messages: readonly JsonObject[]): Refusal | undefined {
  for (const [index, message] of messages.entries()) {
    const next = messages[index + 1];
    const calls = idsOf(message, 'toolUse');
    const results = next === undefined ? [] : idsOf(next, 'toolResult');
    const unanswered = calls.filter((id) => !results.includes(id));
    if (unanswered.length > 0) {
      return refusal(
        `Expected toolResult blocks at messages.${index + 1}.content for the following Ids: ${unanswered.join(', ')}`,
      );
    }
    const before = messages[index - 1];
    const called = before === undefined ? [] : idsOf(before, 'toolUse');
    if (idsOf(message, 'toolResult').some((id) => !called.includes(id))) {
      return refusal(
        `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    }
  }
  return undefined;
}

function idsOf(message: JsonObject, kind: string): readonly string[] {
  return objectsIn(message['content'])
    .filter((block) => block[kind] !== undefined)
    .map((block) => stringAt(objectAt(block, kind), 'toolUseId') ?? '');
}

function refuseTools(body: JsonObject, messages: readonly JsonObject[]): Refusal | undefined {
  const tools = objectsIn(objectAt(body, 'toolConfig')['tools']);
  const usesTools = messages.some((message) => idsOf(message, 'toolUse').length > 0);
  if (body['toolConfig'] === undefined) {
    return usesTools
      ? refusal('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
      : undefined;
  }
  if (tools.length === 0) return refusal('The provided request is not valid: toolConfig.tools must not be empty.');
  for (const [index, tool] of tools.entries()) {
    const [kind = ''] = Object.keys(tool);
    if (Object.keys(tool).length !== 1 || !TOOL_BLOCKS.has(kind)) {
      return refusal(`toolConfig.tools.${index} must have exactly one known member.`);
    }
    if (kind !== 'toolSpec') continue;
    const spec = objectAt(tool, 'toolSpec');
    if (!TOOL_NAME.test(stringAt(spec, 'name') ?? '')) {
      return refusal(
        `Value at 'toolConfig.tools.${index}.toolSpec.name' failed to satisfy constraint: ${TOOL_NAME.source}`,
      );
    }
    const schema = objectAt(spec, 'inputSchema')['json'];
    if (!isJsonObject(schema) || schema['type'] !== 'object') {
      return refusal(
        `The value at toolConfig.tools.${index}.toolSpec.inputSchema.json.type must be one of the following: object.`,
      );
    }
    if (spec['description'] === '') return refusal(`toolConfig.tools.${index}.toolSpec.description must not be blank.`);
  }
  return undefined;
}
