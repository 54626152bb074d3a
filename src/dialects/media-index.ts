import { aigneFlatMedia, aigneFrameworkMedia } from './aigne-media/index.ts';
import { arkMedia } from './ark-media/index.ts';
import { geminiMedia } from './gemini-media/index.ts';
import type { InboundMediaDialect, MediaDialect } from './media-contract.ts';
import { openaiImagesInbound } from './openai-media/images.ts';
import { openaiMedia } from './openai-media/index.ts';

/** Every wire format in which the hub asks providers for pictures, sound and films, by its name. */
export const MEDIA_DIALECTS: ReadonlyMap<string, MediaDialect> = new Map(
  [arkMedia, geminiMedia, openaiMedia].map((dialect): [string, MediaDialect] => [dialect.name, dialect]),
);

/** How a caller asks for pictures, by the dialect in which it chats at the same address. */
export const INBOUND_MEDIA: ReadonlyMap<string, InboundMediaDialect> = new Map([
  ['openai-chat', openaiImagesInbound],
  ['aigne-framework', aigneFrameworkMedia],
  ['aigne-chat', aigneFlatMedia],
]);
