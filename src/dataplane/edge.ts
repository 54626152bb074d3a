import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../kernel/clock.ts';
import { GatewayError, toGatewayError } from '../kernel/errors.ts';
import type { NewId } from '../kernel/ids.ts';
import { Slots } from '../kernel/slots.ts';
import type { MediaStore } from '../media/media-store.ts';
import type { Operation } from '../protocol/operation.ts';
import { answerError } from './answer.ts';
import { answerPreflight, isPreflight, openToPage } from './browser-pages.ts';
import { type Caller, Exchange } from './exchange.ts';
import { relayAudio } from './media/audio.ts';
import { type ImagesDeps, relayImages } from './media/images.ts';
import { MEDIA_PREFIX, serveFile } from './media/serve-file.ts';
import { relayVideos } from './media/videos.ts';
import { type PipelineDeps, relay } from './pipeline.ts';
import type { Authenticate } from './ports.ts';
import { takeQueryKey } from './query-key.ts';
import { callerAt, callerOf, canonicalPath, type Route, routeOf } from './routes.ts';
import { giveSideAnswer, type SideDeps, type SideRoute, sideAnswerAt } from './side-answers.ts';

export type EdgeDeps = PipelineDeps &
  SideDeps &
  ImagesDeps & {
    readonly media: MediaStore;
    readonly clock: Clock;
    readonly newId: NewId;
    readonly clientAddress: (request: IncomingMessage) => string | undefined;
    readonly onBug: (error: GatewayError, requestId: string) => void;
  };

/** What is done at an address that calls a model, and at one that only tells something. */
const CALL_METHODS = ['POST'];
const READ_METHODS = ['GET', 'HEAD'];
const LOOK_MS = 1000;
/** A body of which nothing has come for this long will not come. */
const BODY_IDLE_MS = 15_000;

/** A caller without a key. */
export type Visitor = {
  readonly caller: Caller;
  readonly bodyBytesMax: number;
  /** @throws GatewayError */
  readonly admit: (clientAddress: string | undefined) => Promise<ReturnType<Authenticate>>;
};

type Relay = (exchange: Exchange, deps: EdgeDeps, route: Route) => Promise<void>;
/** What serves each operation. */
const RELAYS: Readonly<Partial<Record<Operation, Relay>>> = {
  chat: relay,
  completions: relay,
  embeddings: relay,
  'count-tokens': relay,
  speech: relayAudio,
  transcriptions: relayAudio,
  translations: relayAudio,
  videos: relayVideos,
  images: relayImages,
  'image-edits': relayImages,
};

/** The HTTP edge of the data plane: which path means which operation. */
export class DataplaneEdge {
  readonly #deps: EdgeDeps;
  readonly #open = new Slots<Exchange>();
  #lookTimer: NodeJS.Timeout | undefined;

  constructor(deps: EdgeDeps) {
    this.#deps = deps;
  }

  /** Requests under way. */
  get openCount(): number {
    return this.#open.size;
  }

  get openStreams(): number {
    let streams = 0;
    this.#open.forEach((exchange) => {
      if (exchange.stream !== undefined) streams += 1;
    });
    return streams;
  }

  /** Takes the request if its path (without prefix and query) is the data plane's; answers it in its own time. */
  handle(request: IncomingMessage, response: ServerResponse, rawPath: string): boolean {
    const path = canonicalPath(rawPath);
    const route = routeOf(path);
    if (isPreflight(request)) return this.#preflight(request, response, path);
    if (route !== undefined) {
      this.#begin(request, response, route);
      return true;
    }
    if (path.startsWith(MEDIA_PREFIX)) {
      this.#serveFile(request, response, path);
      return true;
    }
    const answer = sideAnswerAt(path);
    const caller = callerAt(path, request.headers) ?? (answer === undefined ? undefined : callerOf('aigne-chat'));
    if (caller === undefined) return false;
    const exchange = this.#exchange(request, response, { caller, operation: 'chat' });
    if (answer === undefined) answerError(exchange, new GatewayError('route.not_found'));
    else this.#answerSide(exchange, answer);
    return true;
  }

  /**
   * Serves the chat of a caller who brings no key: whoever lets them in says how they speak and as whom they call, or why
   * they may not.
   */
  serveVisitor(request: IncomingMessage, response: ServerResponse, visitor: Visitor): void {
    const { clock, newId, clientAddress } = this.#deps;
    const { caller, bodyBytesMax } = visitor;
    const address = clientAddress(request);
    const route = { caller, operation: 'chat' } as const;
    const exchange = new Exchange({ request, response, ...route, clock, newId, clientAddress: address });
    const slot = this.#noteOpen(exchange);
    visitor
      .admit(address)
      .then(
        (admitted) => relay(exchange, { ...this.#deps, bodyBytesMax, authenticate: () => admitted }),
        (thrown: unknown) => answerError(exchange, toGatewayError(thrown)),
      )
      .catch((thrown: unknown) => {
        this.#deps.onBug(toGatewayError(thrown), exchange.requestId);
        response.destroy();
      })
      .finally(() => this.#open.remove(slot));
  }

  /** Ends every request that is still open, each with an error of its own and its records written. */
  stopAll(): void {
    this.#open.forEach((exchange) => exchange.stop(new GatewayError('hub.draining', { retryAfterSeconds: 1 })));
  }

  #begin(request: IncomingMessage, response: ServerResponse, route: Route): void {
    const exchange = this.#exchange(request, response, route);
    const { methods = CALL_METHODS } = route;
    if (!methods.includes(request.method ?? '')) {
      response.setHeader('allow', methods.join(', '));
      return answerError(exchange, new GatewayError('route.method_not_allowed'));
    }
    const slot = this.#noteOpen(exchange);
    const relayOperation = RELAYS[route.operation] ?? relay;
    relayOperation(exchange, this.#deps, route)
      .catch((thrown: unknown) => {
        this.#deps.onBug(toGatewayError(thrown), exchange.requestId);
        // An answer that several callers share would else be waited for by all who join it.
        exchange.response.destroy();
        response.destroy();
      })
      .finally(() => this.#open.remove(slot));
  }

  #answerSide(exchange: Exchange, answer: SideRoute): void {
    const slot = this.#noteOpen(exchange);
    giveSideAnswer(exchange, answer, this.#deps)
      .then((bug) => {
        if (bug !== undefined) this.#deps.onBug(bug, exchange.requestId);
      })
      .catch((thrown: unknown) => {
        this.#deps.onBug(toGatewayError(thrown), exchange.requestId);
        exchange.ownResponse.destroy();
      })
      .finally(() => this.#open.remove(slot));
  }

  #noteOpen(exchange: Exchange): ReturnType<Slots<Exchange>['add']> {
    this.#lookTimer ??= setInterval(() => this.#lookAtOpen(), LOOK_MS).unref();
    return this.#open.add(exchange);
  }

  /** False where the path is not the data plane's. */
  #preflight(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const route = routeOf(path);
    const side = sideAnswerAt(path);
    const isKnown = route !== undefined || path.startsWith(MEDIA_PREFIX) || side !== undefined;
    const caller = route?.caller ?? callerAt(path, request.headers) ?? (isKnown ? callerOf('openai-chat') : undefined);
    if (caller === undefined) return false;
    const exchange = this.#exchange(request, response, { caller, operation: 'chat' });
    try {
      if (!isKnown) throw new GatewayError('route.not_found');
      const methods = route === undefined ? (side?.methods ?? READ_METHODS) : (route.methods ?? CALL_METHODS);
      answerPreflight(request, response, { methods, allowsOrigin: this.#allowsOrigin });
    } catch (thrown) {
      answerError(exchange, toGatewayError(thrown));
    }
    return true;
  }

  #allowsOrigin = (origin: string): boolean => {
    const { snapshot, clock } = this.#deps;
    return snapshot().allowsOrigin(origin, clock.now());
  };

  #serveFile(request: IncomingMessage, response: ServerResponse, path: string): void {
    const exchange = this.#exchange(request, response, { caller: callerOf('openai-chat'), operation: 'images' });
    serveFile(exchange, path, this.#deps.media).catch((thrown: unknown) => {
      this.#deps.onBug(toGatewayError(thrown), exchange.requestId);
      response.destroy();
    });
  }

  #exchange(request: IncomingMessage, response: ServerResponse, route: Route): Exchange {
    const { clock, newId, clientAddress } = this.#deps;
    openToPage(request, response, { allowsOrigin: this.#allowsOrigin });
    if (route.caller.keyInQuery) request.url = takeQueryKey(request);
    return new Exchange({ request, response, ...route, clock, newId, clientAddress: clientAddress(request) });
  }

  /** Once a second: ends requests whose body does not come, and notes how far streams are, so that a crash can tell. */
  #lookAtOpen(): void {
    const latest = this.#deps.clock.monotonic() - BODY_IDLE_MS;
    this.#open.forEach((exchange) => {
      if (exchange.bodyIdleSince !== undefined && exchange.bodyIdleSince < latest) {
        exchange.stop(new GatewayError('request.timeout'));
      }
      const output = exchange.stream?.output;
      if (output === undefined || output.contentEvents === exchange.notedEvents) return;
      exchange.notedEvents = output.contentEvents;
      exchange.inFlight?.progress({ contentBytes: output.contentBytes, contentEvents: output.contentEvents });
    });
  }

  close(): void {
    clearInterval(this.#lookTimer);
  }
}
