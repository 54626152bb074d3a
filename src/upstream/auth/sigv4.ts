import { createHash, createHmac } from 'node:crypto';

/**
 * AWS Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * Signed are the method, the path, the query, the host, the content type, the time, the session token and the body: all
 * that gives a call its meaning, and nothing that a proxy may change.
 */

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SCOPE_END = 'aws4_request';
/** A key is derived for a day, a region and a service; more than this means that old days were kept. */
const DERIVED_KEYS_MAX = 64;

/** Keys as AWS issues them: for good, or with a session token for some time. */
export type AwsKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
};

/** A call as it will be sent, but for its signature. */
export type CallToSign = {
  readonly method: string;
  readonly origin: string;
  /** Path and query as they stand in the request line. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
};

export type SigningScope = { readonly region: string; readonly service: string; readonly nowMs: number };

/** Signs calls with one set of keys; the derived keys of the day stay with it. */
export class Sigv4Signer {
  readonly #keys: AwsKeys;
  readonly #derived = new Map<string, Buffer>();

  constructor(keys: AwsKeys) {
    this.#keys = keys;
  }

  /** The headers to add to the call. */
  sign(call: CallToSign, { region, service, nowMs }: SigningScope): Readonly<Record<string, string>> {
    const { accessKeyId, sessionToken } = this.#keys;
    const time = timestamp(nowMs);
    const scope = `${time.slice(0, 8)}/${region}/${service}/${SCOPE_END}`;
    const signed = headersToSign(call, time, sessionToken);
    const names = signed.map(([name]) => name).join(';');
    const text = `${ALGORITHM}\n${time}\n${scope}\n${sha256(canonicalRequest(call, signed, names))}`;
    const signature = createHmac('sha256', this.#keyFor(scope)).update(text).digest('hex');
    return {
      'x-amz-date': time,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  }

  #keyFor(scope: string): Buffer {
    const known = this.#derived.get(scope);
    if (known !== undefined) return known;
    let key = Buffer.from(`AWS4${this.#keys.secretAccessKey}`);
    for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
    if (this.#derived.size >= DERIVED_KEYS_MAX) this.#derived.clear();
    this.#derived.set(scope, key);
    return key;
  }
}

type Header = readonly [name: string, value: string];

function headersToSign({ origin, headers }: CallToSign, time: string, token: string | undefined): readonly Header[] {
  const type = headers['content-type'];
  return [
    ...(type === undefined ? [] : [['content-type', type.trim().replace(/\s+/g, ' ')] as const]),
    ['host', new URL(origin).host],
    ['x-amz-date', time],
    ...(token === undefined ? [] : [['x-amz-security-token', token] as const]),
  ];
}

function canonicalRequest({ method, path, body }: CallToSign, headers: readonly Header[], names: string): string {
  const mark = path.indexOf('?');
  const [plain, query] = mark === -1 ? [path, ''] : [path.slice(0, mark), path.slice(mark + 1)];
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  return [method, canonicalPath(plain), canonicalQuery(query), lines, names, sha256(body ?? '')].join('\n');
}

/** Every service but S3 wants what is escaped in the path to be escaped once more. */
function canonicalPath(path: string): string {
  return path.split('/').map(escapeStrictly).join('/');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = [...new URLSearchParams(query)].map(
    ([name, value]): Header => [escapeStrictly(name), escapeStrictly(value)],
  );
  return pairs
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By code point, as AWS sorts. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Escapes all but the unreserved characters of RFC 3986; `encodeURIComponent` leaves five more. */
function escapeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `20260131T235959Z` */
function timestamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
