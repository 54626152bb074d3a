import { GatewayError } from '../kernel/errors.ts';
import type { AnswerHeaders, CallTimeouts, Upstream, UpstreamCall } from './ports.ts';

/** Discovery documents, keys and tokens are a few kilobytes; a long list of groups is more. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const REQUEST_BYTES_MAX = 64 * 1024;
const TIMEOUTS: CallTimeouts = { connectMs: 5000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 };

/** What the sender sets by itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length', 'accept-encoding', 'user-agent']);
/** Statuses whose answers cannot have a body, not even an empty one: https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** What libraries that speak to others ask of `fetch`, and nothing that they do not. */
export type GuardedFetch = (
  url: string,
  options: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<Response>;

/** Within which one `fetch` keeps. */
export type FetchBounds = {
  readonly timeouts: CallTimeouts;
  readonly requestBytesMax: number;
  readonly answerBytesMax: number;
};

/**
 * Builds a `fetch` for libraries that bring a protocol of their own, such as OpenID Connect: the guarded way of every call,
 * bounded in size and time, with no redirect followed and no cookie kept.
 * @throws GatewayError `egress.blocked`, `upstream.…`; `request.invalid` for what no such library sends
 */
export function createGuardedFetch(send: Upstream['send'], bounds: Partial<FetchBounds> = {}): GuardedFetch {
  const { timeouts = TIMEOUTS, requestBytesMax = REQUEST_BYTES_MAX, answerBytesMax = ANSWER_BYTES_MAX } = bounds;
  return (address, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const call: UpstreamCall = {
        ...targetOf(address),
        method: methodOf(method),
        headers: headersOf(headers),
        body: bodyOf(body, requestBytesMax),
        timeouts,
        maxResponseBytes: answerBytesMax,
      };
      let head: { readonly status: number; readonly headers: AnswerHeaders } = { status: 0, headers: {} };
      const chunks: Buffer[] = [];
      const onAbort = (): void => {
        handle.abort();
        reject(signal?.reason);
      };
      const settled = (): void => signal?.removeEventListener('abort', onAbort);
      const handle = send(call, {
        onHeaders: (status, answered) => {
          head = { status, headers: answered };
        },
        onData: (chunk) => {
          chunks.push(chunk);
        },
        onEnd: () => {
          settled();
          if (head.status > 599) reject(new GatewayError('upstream.invalid_answer'));
          else resolve(toResponse(head.status, head.headers, Buffer.concat(chunks)));
        },
        onFault: ({ code, message, cause }) => {
          settled();
          reject(new GatewayError(code, { message, cause }));
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
}

function targetOf(address: string): Pick<UpstreamCall, 'origin' | 'path'> {
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') throw unfit('the address holds a user name or a password');
  return { origin: url.origin, path: `${url.pathname}${url.search}` };
}

function methodOf(method: string): UpstreamCall['method'] {
  if (method === 'GET' || method === 'POST') return method;
  throw unfit(`the method ${method}`);
}

function headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lowered.filter(([name]) => !OWN_HEADERS.has(name)));
}

function bodyOf(body: unknown, bytesMax: number): Buffer | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== 'string' && !(body instanceof URLSearchParams)) throw unfit('a body that is no form or text');
  const bytes = Buffer.from(body.toString(), 'utf8');
  if (bytes.length > bytesMax) throw unfit('a body that is too long');
  return bytes;
}

function toResponse(status: number, headers: AnswerHeaders, body: Buffer): Response {
  const list = new Headers();
  for (const [name, value = []] of Object.entries(headers)) {
    for (const each of typeof value === 'string' ? [value] : value) list.append(name, each);
  }
  return new Response(BODILESS.has(status) ? null : new Uint8Array(body), { status, headers: list });
}

function unfit(what: string): GatewayError {
  return new GatewayError('request.invalid', { cause: new Error(`the guarded fetch does not send ${what}`) });
}
