import type { JsonObject } from '../../../../src/kernel/json.ts';
import type { Arrival } from '../arrival.ts';
import { readAnthropicMessages } from './anthropic-messages.ts';
import { readBedrockConverse } from './bedrock-converse.ts';
import { readGeminiGenerate } from './gemini-generate.ts';
import { readOllamaChat } from './ollama-chat.ts';
import { readOpenaiChat } from './openai-chat.ts';
import { readOpenaiResponses } from './openai-responses.ts';

/** How the body that a provider receives is read, by its dialect. */
export const ARRIVALS: Readonly<Record<string, (body: JsonObject) => Arrival>> = {
  'openai-chat': readOpenaiChat,
  'openai-responses': readOpenaiResponses,
  'anthropic-messages': readAnthropicMessages,
  'gemini-generate': readGeminiGenerate,
  'bedrock-converse': readBedrockConverse,
  'ollama-chat': readOllamaChat,
};
