import { isJsonObject, type JsonObject, type JsonValue } from '../../src/kernel/json.ts';
import type { ProviderDialect } from '../support/provider-scene.ts';
import type { Recording } from './recordings.ts';

/** Tokens by the provider's own sums: `input` with everything cached, `output` with all reasoning. */
export type RecordedUsage = { readonly input: number; readonly cached: number; readonly output: number };

/** What a recorded answer says was used; `undefined` where it says nothing. */
export function usageIn({ dialect, said }: Recording): RecordedUsage | undefined {
  switch (dialect) {
    case 'openai-chat':
      return chatUsage(lastWith(said, 'usage'));
    case 'openai-responses': {
      const answers = said.map((event) => (isJsonObject(event['response']) ? event['response'] : event));
      return responsesUsage(lastWith(answers, 'usage'));
    }
    case 'anthropic-messages':
      return messagesUsage(said);
    case 'gemini-generate':
      return geminiUsage(lastWith(said, 'usageMetadata'));
    case 'bedrock-converse':
      return bedrockUsage(
        lastWith(
          said.map((event) => objectAt(event, 'metadata', event)),
          'usage',
        ),
      );
    case 'ollama-chat':
      return undefined;
  }
}

/**
 * Whether this is one answer from its beginning to its end: some recordings are cut, end in an error, hold two answers one
 * after the other, or an answer that is still to be fetched.
 */
export function isOneAnswer({ dialect, said, streamed }: Recording): boolean {
  const count = (...types: string[]): number => said.filter(({ type }) => types.includes(stringOf(type))).length;
  if (said.some((event) => event['error'] !== undefined && event['error'] !== null)) return false;
  switch (dialect) {
    case 'openai-chat':
      return said.some((event) => objectsAt(event, 'choices').some(({ finish_reason: reason }) => reason !== null));
    case 'openai-responses': {
      const ended = count('response.completed', 'response.incomplete');
      return streamed ? ended === 1 : ['completed', 'incomplete'].includes(stringOf(said[0]?.['status']));
    }
    case 'anthropic-messages':
      return !streamed || (count('message_start') === 1 && count('message_stop') === 1);
    case 'gemini-generate':
    case 'bedrock-converse':
    case 'ollama-chat':
      return true;
  }
}

/** The words of the answer's first choice, without what was thought. */
export function textIn(recording: Recording): string {
  return recording.said.map((event) => TEXT_OF[recording.dialect](event)).join('');
}

/** Where DeepSeek, Moonshot and Mistral write what OpenAI has in the details. */
const CACHED_FIELDS = ['prompt_cache_hit_tokens', 'cached_tokens', 'num_cached_tokens'] as const;

const TEXT_OF: Readonly<Record<ProviderDialect, (event: JsonObject) => string>> = {
  'openai-chat': (event) => {
    const [choice] = objectsAt(event, 'choices').filter(({ index }) => index === undefined || index === 0);
    const { content } = objectAt(choice, 'delta', objectAt(choice, 'message'));
    return typeof content === 'string' ? content : texts(content, 'text');
  },
  'openai-responses': (event) => {
    if (event['type'] === 'response.output_text.delta') return stringOf(event['delta']);
    return objectsAt(event, 'output')
      .map((item) => texts(item['content'], 'output_text'))
      .join('');
  },
  'anthropic-messages': (event) => {
    const block = objectAt(event, 'content_block');
    if (block['type'] === 'text') return stringOf(block['text']);
    const delta = objectAt(event, 'delta');
    return delta['type'] === 'text_delta' ? stringOf(delta['text']) : texts(event['content'], 'text');
  },
  'gemini-generate': (event) => {
    const [candidate] = objectsAt(event, 'candidates');
    return objectsAt(objectAt(candidate, 'content'), 'parts')
      .filter(({ thought }) => thought !== true)
      .map(({ text }) => stringOf(text))
      .join('');
  },
  'bedrock-converse': (event) => {
    const delta = objectAt(objectAt(event, 'contentBlockDelta'), 'delta');
    const blocks = objectsAt(objectAt(objectAt(event, 'output'), 'message'), 'content');
    return stringOf(delta['text']) + blocks.map(({ text }) => stringOf(text)).join('');
  },
  'ollama-chat': () => '',
};

function chatUsage(usage: JsonObject | undefined): RecordedUsage | undefined {
  if (usage === undefined) return undefined;
  const input = numberOf(usage['prompt_tokens']);
  const details = objectAt(usage, 'prompt_tokens_details');
  const cached =
    details['cached_tokens'] ?? CACHED_FIELDS.map((field) => usage[field]).find((value) => value !== undefined);
  const completion = numberOf(usage['completion_tokens']);
  // xAI counts what was thought beside the completion: https://docs.x.ai/docs/key-information/consumption-and-rate-limits
  const reasoning = numberOf(objectAt(usage, 'completion_tokens_details')['reasoning_tokens']);
  const isApart = numberOf(usage['total_tokens']) === input + completion + reasoning;
  return { input, cached: numberOf(cached), output: isApart ? completion + reasoning : completion };
}

function responsesUsage(usage: JsonObject | undefined): RecordedUsage | undefined {
  if (usage === undefined) return undefined;
  return {
    input: numberOf(usage['input_tokens']),
    cached: numberOf(objectAt(usage, 'input_tokens_details')['cached_tokens']),
    output: numberOf(usage['output_tokens']),
  };
}

/** The beginning of a stream tells the input, its end tells all again, or the output alone. */
function messagesUsage(said: readonly JsonObject[]): RecordedUsage | undefined {
  const all = said.map((event) => objectAt(objectAt(event, 'message', event), 'usage'));
  const usage: JsonObject = Object.assign({}, ...all);
  if (Object.keys(usage).length === 0) return undefined;
  // Where the conversation was compacted, the top leaves that run out; an advisor's is another model's:
  // https://platform.claude.com/docs/en/build-with-claude/compaction
  const iterations = objectsAt(usage, 'iterations');
  const runs = iterations.some(({ type }) => type === 'compaction') ? iterations : [usage];
  const sum = (field: string): number => runs.reduce((total, run) => total + numberOf(run[field]), 0);
  const cached = sum('cache_read_input_tokens');
  return {
    input: sum('input_tokens') + cached + sum('cache_creation_input_tokens'),
    cached,
    output: sum('output_tokens'),
  };
}

/** https://ai.google.dev/api/generate-content#UsageMetadata: thoughts and prompts of tools are counted apart. */
function geminiUsage(usage: JsonObject | undefined): RecordedUsage | undefined {
  if (usage === undefined) return undefined;
  return {
    input: numberOf(usage['promptTokenCount']) + numberOf(usage['toolUsePromptTokenCount']),
    cached: numberOf(usage['cachedContentTokenCount']),
    output: numberOf(usage['candidatesTokenCount']) + numberOf(usage['thoughtsTokenCount']),
  };
}

function bedrockUsage(usage: JsonObject | undefined): RecordedUsage | undefined {
  if (usage === undefined) return undefined;
  const cached = numberOf(usage['cacheReadInputTokens']);
  return {
    input: numberOf(usage['inputTokens']) + cached + numberOf(usage['cacheWriteInputTokens']),
    cached,
    output: numberOf(usage['outputTokens']),
  };
}

function lastWith(said: readonly JsonObject[], field: string): JsonObject | undefined {
  return said.map((event) => event[field]).findLast((value) => isJsonObject(value));
}

function texts(blocks: JsonValue | undefined, type: string): string {
  if (!Array.isArray(blocks)) return '';
  return blocks.map((block) => (isJsonObject(block) && block['type'] === type ? stringOf(block['text']) : '')).join('');
}

function objectAt(value: JsonObject | undefined, name: string, otherwise: JsonObject = {}): JsonObject {
  const found = value?.[name];
  return isJsonObject(found) ? found : otherwise;
}

function objectsAt(value: JsonObject, name: string): readonly JsonObject[] {
  const found = value[name];
  return Array.isArray(found) ? found.filter((item) => isJsonObject(item)) : [];
}

function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
