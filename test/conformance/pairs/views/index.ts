import type { Reader } from '../view.ts';
import { aigneFrameworkReader } from './aigne-framework.ts';
import { anthropicMessagesReader } from './anthropic-messages.ts';
import { geminiGenerateReader } from './gemini-generate.ts';
import { openaiChatReader } from './openai-chat.ts';
import { openaiResponsesReader } from './openai-responses.ts';

/** How callers read answers, by their dialect. The documented AIGNE API answers with OpenAI’s object, and more. */
export const READERS: Readonly<Record<string, Reader>> = {
  'openai-chat': openaiChatReader,
  'openai-responses': openaiResponsesReader,
  'anthropic-messages': anthropicMessagesReader,
  'gemini-generate': geminiGenerateReader,
  'aigne-chat': openaiChatReader,
  'aigne-framework': aigneFrameworkReader,
};
