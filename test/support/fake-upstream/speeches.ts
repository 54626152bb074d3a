import { anthropicMessagesSpeech } from './anthropic-messages/speech.ts';
import { bedrockConverseSpeech } from './bedrock-converse/speech.ts';
import { geminiGenerateSpeech } from './gemini-generate/speech.ts';
import { ollamaChatSpeech } from './ollama-chat/speech.ts';
import { openaiChatSpeech } from './openai-chat/speech.ts';
import { openaiResponsesSpeech } from './openai-responses/speech.ts';
import type { Speech } from './speech.ts';

/**
 * Every wire format that the stand-in speaks, the first that knows an address first: the list of models is at one address
 * for OpenAI and Anthropic, which a header of Anthropic's tells apart.
 */
export const SPEECHES: readonly Speech[] = [
  anthropicMessagesSpeech,
  openaiResponsesSpeech,
  openaiChatSpeech,
  geminiGenerateSpeech,
  bedrockConverseSpeech,
  ollamaChatSpeech,
];
