import type { Exchange } from '../exchange.ts';
import type { Route } from '../routes.ts';
import { type AigneVideoDeps, makeAigneVideo } from './aigne-video.ts';
import { createVideo, remixVideo } from './create-video.ts';
import { deleteVideo, giveVideoContent, listVideos, readVideo } from './follow-video.ts';

/** The framework's client asks once and waits for the film; everybody else asks as OpenAI has it. */
const ASKS_ONCE = 'aigne-framework';

/** Films, in every form that callers and providers speak: https://platform.openai.com/docs/api-reference/videos */
export function relayVideos(exchange: Exchange, deps: AigneVideoDeps, { resource }: Route): Promise<void> {
  const { method } = exchange.request;
  if (resource === undefined) {
    if (exchange.caller.dialect === ASKS_ONCE) return makeAigneVideo(exchange, deps);
    return method === 'GET' ? listVideos(exchange, deps) : createVideo(exchange, deps);
  }
  const { id, part } = resource;
  switch (part) {
    case 'itself':
      return method === 'DELETE' ? deleteVideo(exchange, deps, id) : readVideo(exchange, deps, id);
    case 'content':
      return giveVideoContent(exchange, deps, id);
    case 'remix':
      return remixVideo(exchange, deps, id);
  }
}
