import type { CallerRequests } from '../caller.ts';
import { AIGNE_CHAT_REQUESTS } from './aigne-chat.ts';
import { AIGNE_FRAMEWORK_REQUESTS } from './aigne-framework.ts';
import { ANTHROPIC_MESSAGES_REQUESTS } from './anthropic-messages.ts';
import { GEMINI_GENERATE_REQUESTS } from './gemini-generate.ts';
import { OPENAI_CHAT_REQUESTS } from './openai-chat.ts';
import { OPENAI_RESPONSES_REQUESTS } from './openai-responses.ts';

/** What callers write, by their dialect. */
export const CALLERS: Readonly<Record<string, CallerRequests>> = {
  'openai-chat': OPENAI_CHAT_REQUESTS,
  'openai-responses': OPENAI_RESPONSES_REQUESTS,
  'anthropic-messages': ANTHROPIC_MESSAGES_REQUESTS,
  'gemini-generate': GEMINI_GENERATE_REQUESTS,
  'aigne-chat': AIGNE_CHAT_REQUESTS,
  'aigne-framework': AIGNE_FRAMEWORK_REQUESTS,
};
