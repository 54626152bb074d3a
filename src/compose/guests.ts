import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { siteOf } from '../controlplane/same-site.ts';
import type { ControlServices } from '../controlplane/services.ts';
import type { DataplaneEdge } from '../dataplane/edge.ts';
import { createGuestEdge, type GuestEdge, type GuestOffer } from '../dataplane/guests/guest-edge.ts';
import { admitKey } from '../identity/authenticate.ts';
import { createGuests } from '../identity/guests.ts';
import type { LastUsed } from '../identity/last-used.ts';
import { createThrottle } from '../identity/throttle.ts';
import { GatewayError } from '../kernel/errors.ts';
import { addressBlock } from '../kernel/networks.ts';
import type { GuestPage } from '../pages/guest-page.ts';
import type { VirtualKeyRow } from '../protocol/configuration.ts';
import { listModels } from '../routing/resolve.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import type { Core } from './core.ts';

export type GuestInput = {
  readonly core: Core;
  readonly edge: Pick<DataplaneEdge, 'serveVisitor'>;
  readonly lastUsed: Pick<LastUsed, 'note'>;
  readonly callers: Pick<ControlServices, 'reachedAt' | 'clientAddress'>;
};

/** What visitors may ask without an account: the page that they see, and the address at which it asks. */
export type GuestServices = {
  readonly edge: GuestEdge;
  /** `undefined` where visitors may ask nothing. */
  readonly page: () => GuestPage | undefined;
  /** The cookie that a visit of the page brings, where the browser needs one. */
  readonly welcome: (request: IncomingMessage) => string | undefined;
};

export function composeGuests({ core, edge, lastUsed, callers }: GuestInput): GuestServices {
  const { snapshot, store, hashKey, clock } = core;
  const { now } = clock;
  const throttle = createThrottle({ store: store.throttles, hashKey, now });
  const guests = createGuests({ throttle, hashKey, randomBytes, now });
  const isSecure = (request: IncomingMessage): boolean => callers.reachedAt(request).isSecure;
  const offered = createOfferedModels();
  return {
    edge: createGuestEdge({
      offer: () => offerOf(snapshot.current, { models: offered(snapshot.current), now, lastUsed }),
      guests,
      edge,
      isFromOwnPage: (request) => siteOf(request, callers.reachedAt(request).origin) === 'same',
      isSecure,
      addressOf: (request) => addressBlock(callers.clientAddress(request) ?? ''),
    }),
    page: () => {
      const { guestPlayground: terms } = snapshot.current;
      if (!terms.enabled) return undefined;
      const { visitorRequestsPerDay, outputTokensMax } = terms;
      return { models: offered(snapshot.current), visitorRequestsPerDay, outputTokensMax };
    },
    welcome: (request) => guests.welcome(request.headers.cookie, isSecure(request)),
  };
}

/** The models that the operator offers and the paying key may call now, worked out once for each snapshot. */
function createOfferedModels(): (snapshot: HubSnapshot) => readonly string[] {
  let known: { readonly snapshot: HubSnapshot; readonly models: readonly string[] } | undefined;
  return (snapshot) => {
    if (known?.snapshot === snapshot) return known.models;
    const { guestPlayground, guestKey } = snapshot;
    const listed = guestKey === undefined ? [] : listModels(snapshot.accessOf(guestKey).models);
    const callable = new Set(
      listed
        .filter(({ deployments }) => deployments.some(({ endpoints }) => endpoints.has('chat')))
        .map(({ name }) => name),
    );
    const models = guestPlayground.models.filter((name) => callable.has(name));
    known = { snapshot, models };
    return models;
  };
}

type Offering = {
  readonly models: readonly string[];
  readonly now: () => number;
  readonly lastUsed: Pick<LastUsed, 'note'>;
};

function offerOf(snapshot: HubSnapshot, { models, now, lastUsed }: Offering): GuestOffer | undefined {
  const { guestPlayground: terms, guestKey } = snapshot;
  if (!terms.enabled) return undefined;
  return {
    models,
    outputTokensMax: terms.outputTokensMax,
    terms,
    admit: (clientAddress) => {
      if (guestKey === undefined) throw new GatewayError('auth.key_unknown');
      const admitted = admitGuest(snapshot, guestKey, { clientAddress, nowMs: now() });
      lastUsed.note(guestKey.id, now());
      return admitted;
    },
  };
}

/** As any call with the key would be, but that nothing of what visitors say is stored. */
function admitGuest(
  snapshot: HubSnapshot,
  key: VirtualKeyRow,
  { clientAddress, nowMs }: { readonly clientAddress: string | undefined; readonly nowMs: number },
): ReturnType<GuestOffer['admit']> {
  const surroundings = snapshot.accessOf(key);
  const principal = admitKey(key, surroundings, nowMs);
  if (surroundings.allowsAddress?.(clientAddress) === false) throw new GatewayError('auth.address_not_allowed');
  return { principal, access: surroundings.models, contentRule: undefined };
}
