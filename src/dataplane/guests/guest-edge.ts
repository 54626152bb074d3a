import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guests, GuestTerms } from '../../identity/guests.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { DataplaneEdge } from '../edge.ts';
import type { Authenticate } from '../ports.ts';
import { type GuestBounds, guestCaller } from './guest-caller.ts';

/** Where a visitor's page asks. */
export const GUEST_PATH = '/guest/chat';

/** All that may be said at once, with what JSON makes of it. */
const BODY_BYTES_MAX = 128 * 1024;
/** Visitors whose answers one process gives at a time. */
const OPEN_MAX = 32;
const APPLICATION = 'Guest playground';

/** What visitors may ask now, and as whom. */
export type GuestOffer = GuestBounds & {
  readonly terms: GuestTerms;
  /** @throws GatewayError an `auth.*` code where the key that it is done with does not count */
  readonly admit: (clientAddress: string | undefined) => ReturnType<Authenticate>;
};

export type GuestEdgeDeps = {
  /** `undefined` where visitors may ask nothing: then there is nothing at the address. */
  readonly offer: () => GuestOffer | undefined;
  readonly guests: Pick<Guests, 'recognize' | 'take'>;
  readonly edge: Pick<DataplaneEdge, 'serveVisitor'>;
  /** Whether one of the hub's own pages began the request. */
  readonly isFromOwnPage: (request: IncomingMessage) => boolean;
  readonly isSecure: (request: IncomingMessage) => boolean;
  /** The address by which a visitor is counted. */
  readonly addressOf: (request: IncomingMessage) => string;
};

/** Takes a request of a visitor's page; false where visitors may ask nothing, or at any other address. */
export type GuestEdge = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

export function createGuestEdge(deps: GuestEdgeDeps): GuestEdge {
  let open = 0;
  return (request, response, path) => {
    const offer = path === GUEST_PATH ? deps.offer() : undefined;
    if (offer === undefined) return false;
    const visit = readVisit(request, deps);
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    deps.edge.serveVisitor(request, response, {
      caller: guestCaller(offer),
      bodyBytesMax: BODY_BYTES_MAX,
      admit: async (clientAddress) => {
        hideHeaders(request);
        if (request.method !== 'POST') {
          response.setHeader('allow', 'POST');
          throw new GatewayError('route.method_not_allowed');
        }
        if (open > OPEN_MAX) throw new GatewayError('hub.overloaded', { retryAfterSeconds: 5 });
        const { visitor, address } = visit();
        const admitted = offer.admit(clientAddress);
        await deps.guests.take(offer.terms, { visitor, address });
        return admitted;
      },
    });
    return true;
  };
}

/** Who visits, read while the headers are all there. What comes of it throws only when it is asked for. */
function readVisit(request: IncomingMessage, { guests, isFromOwnPage, isSecure, addressOf }: GuestEdgeDeps) {
  const { cookie, 'content-type': contentType } = request.headers;
  const isOwn = isFromOwnPage(request);
  const secure = isSecure(request);
  const address = addressOf(request);
  return () => {
    if (!isOwn) throw new GatewayError('auth.cross_site');
    if (contentType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
      throw new GatewayError('request.invalid', { message: 'The body has to be sent as `application/json`.' });
    }
    return { visitor: guests.recognize(cookie, secure), address };
  };
}

/** What a key's caller may say in headers is not a visitor's to say: tags, names, ids, what is to be done once. */
function hideHeaders(request: IncomingMessage): void {
  const { 'content-type': type, 'content-length': length, 'content-encoding': encoding } = request.headers;
  request.headers = {
    'x-title': APPLICATION,
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(length === undefined ? {} : { 'content-length': length }),
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
}
