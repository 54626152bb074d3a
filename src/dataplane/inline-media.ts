import { GatewayError } from '../kernel/errors.ts';
import type { ChatMessage, InputPart, OutputPart } from '../protocol/chat-parts.ts';
import type { ChatRequest } from '../protocol/chat-request.ts';
import type { FetchMedia, FetchRoom } from '../upstream/fetch-media.ts';
import type { InlineMedia } from './ways.ts';

export type { FetchMedia } from '../upstream/fetch-media.ts';

/** What an address led to. */
export type FetchedMedia = Awaited<ReturnType<FetchMedia>>;

/** Pictures and files of one request that are fetched; with more, the request is refused. */
const FETCHES_MAX = 32;
/** Addresses of one request that are asked at one time. */
const FETCHES_AT_ONCE = 4;
/** What is fetched for one request, together; providers take no larger requests. */
const FETCHED_BYTES_MAX = 64 * 1024 * 1024;

type Part = InputPart | OutputPart;

/** What one request fetches: whoever serves it in the end, each address is asked once. */
export type Fetching = {
  readonly room: FetchRoom;
  readonly fetched: Map<string, FetchedMedia>;
};

/**
 * Puts the bytes of pictures and files in the place of their addresses, where the provider's dialect knows bytes only.
 * They are fetched through the same guarded way out as every other call, and take room as the request's body does.
 * @throws GatewayError `request.media_unreachable`, or why there is no room
 */
export function createInlineMedia(fetchMedia: FetchMedia): InlineMedia {
  return async (chat, carries, fetching) => {
    const urls = urlsToFetch(chat, carries);
    if (urls.size === 0) return chat;
    if (urls.size > FETCHES_MAX) {
      throw new GatewayError('request.media_unreachable', {
        message: `This provider takes no addresses, and at most ${FETCHES_MAX} pictures and files of a request are fetched.`,
      });
    }
    await fetchAll(urls, fetching, fetchMedia);
    return { ...chat, messages: chat.messages.map((message) => inlineMessage(message, carries, fetching.fetched)) };
  };
}

function urlsToFetch(chat: ChatRequest, carries: Carries): ReadonlySet<string> {
  const urls = new Set<string>();
  for (const message of chat.messages) {
    for (const part of message.parts) {
      const url = urlToFetch(part, carries);
      if (url !== undefined) urls.add(url);
    }
  }
  return urls;
}

/** A few at a time; the first that fails ends them all. */
async function fetchAll(urls: ReadonlySet<string>, { room, fetched }: Fetching, fetchMedia: FetchMedia): Promise<void> {
  const waiting = [...urls].filter((url) => !fetched.has(url));
  const failed = new AbortController();
  const signal = AbortSignal.any([room.signal, failed.signal]);
  let bytes = 0;
  const take = (more: number): GatewayError | undefined => {
    bytes += more;
    return bytes > FETCHED_BYTES_MAX ? tooMuch() : room.take(more);
  };
  const fetchNext = async (): Promise<void> => {
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      fetched.set(url, await fetchMedia(url, { take, signal }));
    }
  };
  try {
    await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, fetchNext));
  } finally {
    waiting.length = 0;
    failed.abort();
  }
}

function tooMuch(): GatewayError {
  return new GatewayError('request.media_unreachable', {
    message: `The pictures and files of a request that are fetched from their addresses are more than ${FETCHED_BYTES_MAX} bytes.`,
  });
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
