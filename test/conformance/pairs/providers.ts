import type { EndpointQuirks } from '../../../src/protocol/deployment.ts';
import { anthropicMessagesSpeech } from '../../support/fake-upstream/anthropic-messages/speech.ts';
import { bedrockConverseSpeech } from '../../support/fake-upstream/bedrock-converse/speech.ts';
import { geminiGenerateSpeech } from '../../support/fake-upstream/gemini-generate/speech.ts';
import { ollamaChatSpeech } from '../../support/fake-upstream/ollama-chat/speech.ts';
import { openaiChatSpeech } from '../../support/fake-upstream/openai-chat/speech.ts';
import { openaiResponsesSpeech } from '../../support/fake-upstream/openai-responses/speech.ts';
import type { Speech } from '../../support/fake-upstream/speech.ts';

export type Provider = {
  readonly path: string;
  /** A model of the dialect’s own maker, as far as what may be asked depends on its name. */
  readonly model: string;
  readonly quirks?: Partial<EndpointQuirks>;
  readonly speech: Speech;
};

/** A provider of each dialect that the hub speaks. */
export const PROVIDERS: Readonly<Record<string, Provider>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    model: 'gpt-5.1',
    quirks: { refuses: ['top_k'] },
    speech: openaiChatSpeech,
  },
  'openai-responses': { path: '/v1/responses', model: 'gpt-5.1', speech: openaiResponsesSpeech },
  'anthropic-messages': { path: '/v1/messages', model: 'claude-sonnet-4-5', speech: anthropicMessagesSpeech },
  'gemini-generate': { path: '/v1beta/models', model: 'gemini-2.5-pro', speech: geminiGenerateSpeech },
  'bedrock-converse': {
    path: '/model',
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    speech: bedrockConverseSpeech,
  },
  'ollama-chat': { path: '/api/chat', model: 'qwen3:8b', speech: ollamaChatSpeech },
};
