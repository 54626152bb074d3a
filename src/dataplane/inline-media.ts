import type { ChatMessage, InputPart, OutputPart } from '../protocol/chat-parts.ts';
import type { InlineMedia } from './ways.ts';

/** What an address led to. */
export type FetchedMedia = { readonly mediaType: string; readonly data: string };

/** Fetches a picture or a file for a provider that takes no addresses. @throws GatewayError `request.media_unreachable` */
export type FetchMedia = (url: string) => Promise<FetchedMedia>;

/** Pictures and files of one request that are fetched; of more, none is. */
const FETCHES_MAX = 32;

type Part = InputPart | OutputPart;

/**
 * Puts the bytes of pictures and files in the place of their addresses, where the provider's dialect knows bytes only.
 * Every address is fetched once, several at a time, through the same guarded way out as every other call.
 */
export function createInlineMedia(fetchMedia: FetchMedia): InlineMedia {
  return async (chat, carries) => {
    const urls = new Set<string>();
    for (const message of chat.messages) {
      for (const part of message.parts) {
        const url = urlToFetch(part, carries);
        if (url !== undefined) urls.add(url);
      }
    }
    if (urls.size === 0) return chat;
    const wanted = [...urls].slice(0, FETCHES_MAX);
    const fetched = new Map(
      await Promise.all(wanted.map(async (url): Promise<[string, FetchedMedia]> => [url, await fetchMedia(url)])),
    );
    return { ...chat, messages: chat.messages.map((message) => inlineMessage(message, carries, fetched)) };
  };
}

type Carries = Parameters<InlineMedia>[1];

function urlToFetch(part: Part, carries: Carries): string | undefined {
  if (part.type !== 'image' && part.type !== 'file' && part.type !== 'audio') return undefined;
  if (part.source.from !== 'url') return undefined;
  const mediaType = part.type === 'file' ? part.mediaType : undefined;
  if (carries.takesUrl?.(part.source.url, mediaType) === true) return undefined;
  return (part.type === 'image' ? carries.imageUrls : carries.fileUrls) ? undefined : part.source.url;
}

function inlineMessage(
  message: ChatMessage,
  carries: Carries,
  fetched: ReadonlyMap<string, FetchedMedia>,
): ChatMessage {
  const inline = <P extends Part>(part: P): P => {
    const media = fetched.get(urlToFetch(part, carries) ?? '');
    // Only the source of a part that has one is replaced, so the part stays of its type.
    return media === undefined ? part : ({ ...part, source: { from: 'base64', ...media } } as P);
  };
  switch (message.role) {
    case 'system':
    case 'developer':
      return message;
    case 'user':
      return { ...message, parts: message.parts.map(inline) };
    case 'assistant':
      return { ...message, parts: message.parts.map(inline) };
    case 'tool':
      return { ...message, parts: message.parts.map(inline) };
  }
}
