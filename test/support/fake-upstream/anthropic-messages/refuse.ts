import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/kernel/json.ts';
import { isSealed } from '../answers.ts';
import { firstOf, numberAt, objectAt, objectsIn, stringAt, unknownField } from '../prompt.ts';
import type { Arrived, Question, Refusal } from '../speech.ts';

/** The fields of https://platform.claude.com/docs/en/api/messages/create, with those of betas. */
const FIELDS: ReadonlySet<string> = new Set([
  'cache_control',
  'container',
  'context_management',
  'inference_geo',
  'max_tokens',
  'mcp_servers',
  'messages',
  'metadata',
  'model',
  'output_config',
  'output_format',
  'service_tier',
  'speed',
  'stop_sequences',
  'stream',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]);
const TOOL_ID = /^[a-zA-Z0-9_-]+$/;
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const CACHE_MARKERS_MAX = 4;
const THINKING_BUDGET_MIN = 1024;
const BLOCKS: ReadonlySet<string> = new Set([
  'text',
  'image',
  'document',
  'search_result',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'server_tool_use',
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'mcp_tool_use',
  'mcp_tool_result',
  'container_upload',
]);

const refusal = (message: string): Refusal => ({ status: 400, message });

/** Why Anthropic refuses a request for a message, or for the number of its tokens. */
export function refuseMessages({ operation }: Question, { body, headers }: Arrived): Refusal | undefined {
  return firstOf(
    () => (headers['anthropic-version'] === undefined ? refusal('anthropic-version: header is required') : undefined),
    () => refuseFields(body, operation === 'count-tokens'),
    () => refuseThinking(body),
    () => refuseTools(body),
    () => refuseContents(objectsIn(body['messages'])),
    () => refuseTurns(objectsIn(body['messages'])),
    () => refuseCacheMarkers(body),
  );
}

function refuseFields(body: JsonObject, isCount: boolean): Refusal | undefined {
  const unknown = unknownField(body, FIELDS);
  if (unknown !== undefined) return refusal(`${unknown}: Extra inputs are not permitted`);
  const { messages, system } = body;
  if (!isCount) {
    const tokens = numberAt(body, 'max_tokens');
    if (tokens === undefined) return refusal('max_tokens: Field required');
    if (tokens < 1) return refusal('max_tokens: Input should be greater than or equal to 1');
  }
  for (const name of ['temperature', 'top_p']) {
    const value = numberAt(body, name);
    if (value !== undefined && (value < 0 || value > 1)) return refusal(`${name}: range: 0..1`);
  }
  if (!Array.isArray(messages)) return refusal('messages: Field required');
  if (messages.length === 0) return refusal('messages: at least one message is required');
  if (system !== undefined && typeof system !== 'string' && !Array.isArray(system)) {
    return refusal('system: Input should be a valid list');
  }
  if (body['metadata'] !== undefined && unknownField(objectAt(body, 'metadata'), new Set(['user_id'])) !== undefined) {
    return refusal('metadata: Extra inputs are not permitted');
  }
  return objectsIn(system).some((block) => block['text'] === '')
    ? refusal('system: text content blocks must be non-empty')
    : undefined;
}

function refuseThinking(body: JsonObject): Refusal | undefined {
  if (stringAt(objectAt(body, 'thinking'), 'type') !== 'enabled') return undefined;
  const budget = numberAt(objectAt(body, 'thinking'), 'budget_tokens');
  if (budget === undefined) return refusal('thinking.enabled.budget_tokens: Field required');
  if (budget < THINKING_BUDGET_MIN) {
    return refusal(`thinking.enabled.budget_tokens: Input should be greater than or equal to ${THINKING_BUDGET_MIN}`);
  }
  if (budget >= (numberAt(body, 'max_tokens') ?? Number.POSITIVE_INFINITY)) {
    return refusal('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  const temperature = numberAt(body, 'temperature');
  if (temperature !== undefined && temperature !== 1) {
    return refusal('`temperature` may only be set to 1 when thinking is enabled.');
  }
  if (body['top_k'] !== undefined) return refusal('`top_k` must be unset when thinking is enabled.');
  return ['any', 'tool'].includes(stringAt(objectAt(body, 'tool_choice'), 'type') ?? '')
    ? refusal('Thinking may not be enabled when tool_choice forces tool use.')
    : undefined;
}

function refuseTools(body: JsonObject): Refusal | undefined {
  const tools = objectsIn(body['tools']);
  for (const [index, tool] of tools.entries()) {
    const name = stringAt(tool, 'name');
    const isCustom = tool['type'] === undefined || tool['type'] === 'custom';
    if (isCustom && (name === undefined || !TOOL_NAME.test(name))) {
      return refusal(`tools.${index}.custom.name: String should match pattern '${TOOL_NAME.source}'`);
    }
    const { input_schema: schema } = tool;
    if (isCustom && (!isJsonObject(schema) || schema['type'] !== 'object')) {
      return refusal(`tools.${index}.custom.input_schema.type: Field required`);
    }
  }
  const choice = body['tool_choice'];
  if (choice !== undefined && tools.length === 0) {
    return refusal('tool_choice: tool_choice may only be specified while providing tools.');
  }
  const { type, name } = objectAt(body, 'tool_choice');
  return type === 'tool' && !tools.some((tool) => tool['name'] === name)
    ? refusal(`Tool '${typeof name === 'string' ? name : ''}' not found in provided tools`)
    : undefined;
}

function refuseContents(messages: readonly JsonObject[]): Refusal | undefined {
  for (const [index, message] of messages.entries()) {
    const role = stringAt(message, 'role');
    if (role !== 'user' && role !== 'assistant') {
      return refusal(`messages: Unexpected role "${role}". Allowed roles are "user" or "assistant".`);
    }
    const { content } = message;
    const isLast = index === messages.length - 1;
    const isEmpty = content === undefined || content === '' || (Array.isArray(content) && content.length === 0);
    if (isEmpty && !(isLast && role === 'assistant')) {
      return refusal(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    for (const [place, block] of objectsIn(content).entries()) {
      const found = refuseBlock(block, { where: `messages.${index}.content.${place}`, role });
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function refuseBlock(
  block: JsonObject,
  { where, role }: { readonly where: string; readonly role: string },
): Refusal | undefined {
  const type = stringAt(block, 'type');
  if (type === undefined || !BLOCKS.has(type)) {
    return refusal(`${where}: Input tag '${type}' found using 'type' does not match any of the expected tags`);
  }
  if (type === 'text' && block['text'] === '') return refusal(`${where}.text: text content blocks must be non-empty`);
  if (type === 'thinking' || type === 'redacted_thinking') {
    const seal = stringAt(block, type === 'thinking' ? 'signature' : 'data');
    if (seal === undefined) return refusal(`${where}.${type}.signature: Field required`);
    if (!isSealed(seal)) return refusal(`${where}: Invalid \`signature\` in \`${type}\` block`);
  }
  if (type === 'tool_use') {
    if (role !== 'assistant') return refusal(`${where}: \`tool_use\` blocks can only be in \`assistant\` messages`);
    if (!TOOL_ID.test(stringAt(block, 'id') ?? '')) {
      return refusal(`${where}.tool_use.id: String should match pattern '${TOOL_ID.source}'`);
    }
    if (!isJsonObject(block['input'])) return refusal(`${where}.tool_use.input: Input should be a valid dictionary`);
  }
  if (type === 'tool_result' && role !== 'user') {
    return refusal(`${where}: \`tool_result\` blocks can only be in \`user\` messages`);
  }
  return undefined;
}

/** Every call has its result in the very next message, before anything else there, and every result its call. */
function refuseTurns(messages: readonly JsonObject[]): Refusal | undefined {
  const turns = joinTurns(messages);
  for (const [index, turn] of turns.entries()) {
    const calls = idsOf(turn.blocks, 'tool_use', 'id');
    const results = idsOf(turns[index + 1]?.blocks ?? [], 'tool_result', 'tool_use_id');
    const unanswered = calls.filter((id) => !results.includes(id));
    if (unanswered.length > 0) {
      return refusal(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered.join(', ')}. ` +
          'Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
      );
    }
    const called = idsOf(turns[index - 1]?.blocks ?? [], 'tool_use', 'id');
    const uncalled = idsOf(turn.blocks, 'tool_result', 'tool_use_id').find((id) => !called.includes(id));
    if (uncalled !== undefined) {
      return refusal(
        `messages.${index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${uncalled}. ` +
          'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
      );
    }
  }
  return undefined;
}

type Turn = { readonly role: JsonValue | undefined; readonly blocks: readonly JsonObject[] };

/** Neighbours of one role are one turn: https://platform.claude.com/docs/en/api/messages */
function joinTurns(messages: readonly JsonObject[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    const blocks = objectsIn(content);
    if (last !== undefined && last.role === role)
      turns[turns.length - 1] = { role, blocks: [...last.blocks, ...blocks] };
    else turns.push({ role, blocks });
  }
  return turns;
}

function idsOf(blocks: readonly JsonObject[], type: string, field: string): readonly string[] {
  return blocks.filter((block) => block['type'] === type).map((block) => stringAt(block, field) ?? '');
}

function refuseCacheMarkers(body: JsonObject): Refusal | undefined {
  const count = JSON.stringify(body).split('"cache_control":{').length - 1;
  return count > CACHE_MARKERS_MAX
    ? refusal(`A maximum of ${CACHE_MARKERS_MAX} blocks with cache_control may be provided. Found ${count}.`)
    : undefined;
}
