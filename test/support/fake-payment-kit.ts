import { createHash, generateKeyPairSync, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOfStream } from 'node:stream/consumers';
import type { JsonObject } from '../../src/kernel/json.ts';
import {
  type Credit,
  createKitCredit,
  type FakeGrant,
  type FakeMeterEvent,
  KitProblem,
} from './fake-payment-kit-credit.ts';
import type { HubProcess } from './hub-process.ts';
import { closeServer, listenOnLoopback } from './listen.ts';

/**
 * A Payment Kit as far as credit goes, by what its client and its types say, with signatures that are checked by Node alone.
 * What a real one does beyond that is a guess; see docs/how-to/sell-credit-by-payment-kit.md.
 */
export type FakePaymentKit = {
  /** Where it is mounted. */
  readonly url: string;
  readonly port: number;
  readonly secretKey: string;
  readonly publicKey: string;
  readonly componentDid: string;
  readonly accessKey: string;
  readonly meter: string;
  readonly currencyId: string;
  readonly paymentLink: string;
  readonly credit: Credit;
  /** Calls of the API that came, the refused ones too. */
  readonly calls: () => number;
  /** Where events are sent from now on. */
  readonly tell: (address: string | undefined) => void;
  /**
   * `down`: answers 503; `gone`: lets go of every caller unheard; `drops`: does what it is asked for and lets go without an
   * answer; `holds`: does it and never answers.
   */
  readonly turn: (how: 'up' | 'down' | 'gone' | 'drops' | 'holds') => void;
  /** Has something happen between the next answer to a path and its being sent. */
  readonly holdUp: (path: string, work: () => Promise<unknown>) => void;
  /** By what status it refuses an identifier that it has. */
  readonly refuseKnownBy: (status: 400 | 409) => void;
  /** A customer is given credit, and whoever is told hears of it. */
  readonly give: (did: string, amount: string, more?: Partial<FakeGrant>) => Promise<FakeGrant>;
  readonly voidGrant: (id: string) => Promise<void>;
  /** Another program uses so much of a customer's credit, and whoever is told hears of it. */
  readonly useElsewhere: (did: string, value: string) => Promise<void>;
  /** What another program used of a grant comes back to it. */
  readonly giveBack: (grantId: string, amount: string) => void;
  /** Pays on a page as the button there does. */
  readonly pay: (checkoutUrl: string) => Promise<void>;
  readonly events: () => readonly string[];
  readonly sign: (body: string, how?: Signing) => Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
};

type Signing = {
  readonly path?: string;
  readonly atSeconds?: number;
  readonly lastsSeconds?: number;
  readonly key?: KeyObject;
};

const MOUNT = '/payment-kit';
const EVENTS_PATH = '/control/v1/payments/payment-kit/events';
const COMPONENT_DID = 'z8ia3xzq2tMq8CRHfaXj1BTYJyYnEcHbqP8cJ';
const ACCESS_KEY = 'blocklet-FakeAccessKeyOfAnOwner';
const BOUGHT = '10';

type Turn = Parameters<FakePaymentKit['turn']>[0];

export async function startFakePaymentKit({ isLive = false, places = 6 } = {}): Promise<FakePaymentKit> {
  const app = newAppKey();
  const events: string[] = [];
  const heldUp = new Map<string, () => Promise<unknown>>();
  let turn: Turn = 'up';
  let told: string | undefined;
  let calls = 0;
  const happened = async (type: string, object: object): Promise<void> => {
    const body = JSON.stringify({
      id: `evt_fake${String(events.length + 1).padStart(6, '0')}`,
      type,
      api_version: '2023-09-05',
      data: { object },
      object_type: 'CreditGrant',
      object_id: 'id' in object ? object.id : '',
      request: { id: '', idempotency_key: '' },
      pending_webhooks: 99,
      metadata: {},
      livemode: isLive,
      created_at: new Date().toISOString(),
    });
    events.push(body);
    if (told === undefined) return;
    const headers = { 'content-type': 'application/json', ...sign(body, { path: new URL(told).pathname }) };
    await fetch(told, { method: 'POST', headers, body });
  };
  const sign: FakePaymentKit['sign'] = (body, { path = EVENTS_PATH, atSeconds, lastsSeconds = 300, key } = {}) => {
    const iat = atSeconds ?? Math.floor(Date.now() / 1000);
    const time = { iat, exp: iat + lastsSeconds };
    const text = signedText({ body: JSON.parse(body), method: 'post', query: {}, url: path, ...time });
    return signatureHeaders(`0x${signBytes(null, sha3(text), key ?? app.privateKey).toString('hex')}`, time);
  };
  const credit = createKitCredit({ isLive, places, happened });
  const isAllowed = (
    request: IncomingMessage,
    { url, body }: { readonly url: URL; readonly body: unknown },
  ): boolean => {
    if (request.headers.authorization === `Bearer ${ACCESS_KEY}`) return true;
    const header = (name: string): string => String(request.headers[`x-component-sig${name}`] ?? '');
    const [iat, exp] = [Number(header('-iat')), Number(header('-exp'))];
    if (!(exp >= Date.now() / 1000) || header('') === '') return false;
    const method = (request.method ?? '').toLowerCase();
    const query = Object.fromEntries(url.searchParams);
    const text = signedText({ body: body ?? {}, exp, iat, method, query, url: url.pathname });
    return verifyBytes(null, sha3(text), app.publicKey, Buffer.from(header('').replace(/^0x/, ''), 'hex'));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const text = await textOfStream(request);
    const path = url.pathname.replace(new RegExp(`^${MOUNT}(?=/)`), '');
    if (path.startsWith('/checkout/pay/')) return page(request, response, url);
    calls += 1;
    if (turn === 'gone') return void request.socket.destroy();
    if (turn === 'down') return send(response, 503, { error: 'down' });
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    if (!isAllowed(request, { url, body })) return send(response, 401, { error: 'verify sig failed' });
    let [status, answered]: [number, unknown] = [200, undefined];
    try {
      if ((url.searchParams.get('livemode') ?? 'true') !== String(isLive))
        throw new KitProblem(404, 'not of this mode');
      answered = await credit.call(request.method ?? 'GET', path, { query: url.searchParams, body });
    } catch (error) {
      if (!(error instanceof KitProblem)) throw error;
      [status, answered] = [error.status, { error: error.message }];
    }
    const work = heldUp.get(path);
    heldUp.delete(path);
    await work?.();
    if (turn === 'holds') return;
    if (turn === 'drops') return void request.socket.destroy();
    send(response, status, answered);
  };
  const payAs = async (url: URL): Promise<void> => {
    const signIn: { forceConnected?: string } = JSON.parse(
      Buffer.from(url.searchParams.get('__did-connect__') ?? '', 'base64').toString('utf8'),
    );
    await credit.give(credit.customerOf(signIn.forceConnected ?? '').id, BOUGHT, {
      category: 'paid',
      name: 'Ten credits',
    });
  };
  const page = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (request.method === 'POST') await payAs(url);
    const said = request.method === 'POST' ? '<p>Paid</p>' : '<form method="post"><button>Pay</button></form>';
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><title>Payment Kit</title><main><h1>Ten credits</h1>${said}</main>`);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => send(response, 500, { error: String(error) }));
  });
  const port = await listenOnLoopback(server, 0);
  return {
    url: `http://127.0.0.1:${port}${MOUNT}`,
    port,
    secretKey: app.secret,
    publicKey: app.public,
    componentDid: COMPONENT_DID,
    accessKey: ACCESS_KEY,
    meter: credit.meter,
    currencyId: credit.currencyId,
    paymentLink: credit.paymentLink,
    credit,
    calls: () => calls,
    tell: (address) => {
      told = address;
    },
    turn: (how) => {
      turn = how;
    },
    holdUp: (path, work) => void heldUp.set(path, work),
    refuseKnownBy: credit.refuseKnownBy,
    give: (did, amount, more) => credit.give(credit.customerOf(did).id, amount, more),
    voidGrant: credit.voidGrant,
    useElsewhere: (did, value) => credit.useElsewhere(credit.customerOf(did).id, value),
    giveBack: credit.giveBack,
    pay: (checkoutUrl) => payAs(new URL(checkoutUrl)),
    events: () => events,
    sign,
    close: () => {
      server.closeAllConnections();
      return closeServer(server);
    },
  };
}

/** The secret of an app as its components have it: 64 bytes, seed and public key. */
export function newAppKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, end] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return {
    privateKey,
    publicKey,
    secret: `0x${Buffer.concat([seed, end]).toString('hex')}`,
    public: `0x${end.toString('hex')}`,
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null));
}

function signatureHeaders(signature: string, { iat, exp }: { readonly iat: number; readonly exp: number }) {
  return {
    'x-component-did': COMPONENT_DID,
    'x-component-sig': signature,
    'x-component-sig-iat': String(iat),
    'x-component-sig-exp': String(exp),
    'x-component-sig-version': '1',
  };
}

function signedText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(signedText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${signedText(each)}`).join(',')}}`;
}

function sha3(text: string): Buffer {
  return createHash('sha3-256').update(text).digest();
}

/** Makes the hub known to it, and it to the hub. */
export async function connectPaymentKit(hub: HubProcess, kit: FakePaymentKit, change: JsonObject = {}): Promise<void> {
  await hub.control('PUT', '/installation/payments/payment-kit', {
    address: kit.url,
    mode: 'test',
    secret_key: kit.secretKey,
    component_did: kit.componentDid,
    meter: kit.meter,
    ...change,
  });
  kit.tell(kitEventsAddressOf(hub));
}

export function kitEventsAddressOf({ address }: Pick<HubProcess, 'address'>): string {
  return `${address}${EVENTS_PATH}`;
}

export type { FakeGrant, FakeMeterEvent };
