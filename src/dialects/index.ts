import { aigneChatOver } from './aigne-chat/index.ts';
import { aigneFramework } from './aigne-framework/index.ts';
import { anthropicMessages } from './anthropic-messages/index.ts';
import { bedrockConverse } from './bedrock-converse/index.ts';
import type { Dialect } from './contract.ts';
import { geminiGenerate } from './gemini-generate/index.ts';
import { ollamaChat } from './ollama-chat/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** Every wire format that the hub speaks, by its name. A folder that is missing here fails a test. */
export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  [
    aigneChatOver(openaiChat),
    aigneFramework,
    anthropicMessages,
    bedrockConverse,
    geminiGenerate,
    ollamaChat,
    openaiChat,
    openaiResponses,
  ].map((dialect): [string, Dialect] => [dialect.name, dialect]),
);
