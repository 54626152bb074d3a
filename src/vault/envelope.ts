import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * The bytes of a sealed secret: a data key of its own, wrapped under the master key, and the secret encrypted under the
 * data key, both with AES-256-GCM. Every layer authenticates whose secret it is, so that a sealed value moved to another
 * row, organization, field or address does not open.
 *
 * Text form `hv1:<key version>:<base64url>`, where the bytes are: wrap nonce (12), wrapped data key (32), wrap tag (16),
 * nonce (12), encrypted secret, tag (16).
 */

const FORMAT = 'hv1';
const CIPHER = 'aes-256-gcm';
export const NONCE_BYTES = 12;
export const DATA_KEY_BYTES = 32;
const TAG_BYTES = 16;
const WRAP_BYTES = NONCE_BYTES + DATA_KEY_BYTES + TAG_BYTES;

/** The tables whose sealed values a rotation wraps again. */
export type SealedTable =
  | 'credentials'
  | 'sso_connections'
  | 'webhooks'
  | 'guardrails'
  | 'payment_accounts'
  | 'request_contents';

/** Whose secret it is, and to which address it may be sent: none, where that is empty. */
export type Binding = {
  /** Empty for what belongs to the installation. */
  readonly organizationId: string;
  readonly table: SealedTable | 'idempotency_records' | 'idempotent_calls' | 'cached_answers';
  readonly rowId: string;
  readonly field: 'secret' | 'answer' | 'content';
  readonly baseUrl: string;
};

/** A sealed secret taken apart. */
export type Envelope = {
  readonly keyVersion: number;
  /** Nonce, encrypted data key, tag. */
  readonly wrapped: Buffer;
  /** Nonce, encrypted secret, tag. */
  readonly body: Buffer;
};

/** The text form. */
export function writeEnvelope(envelope: Envelope): string {
  return `${FORMAT}:${envelope.keyVersion}:${Buffer.concat([envelope.wrapped, envelope.body]).toString('base64url')}`;
}

/** `undefined` for everything that {@link writeEnvelope} would not have written to the letter. */
export function parseEnvelope(sealed: string): Envelope | undefined {
  const match = /^hv1:([1-9]\d{0,8}):([A-Za-z0-9_-]+)$/.exec(sealed);
  if (match === null) return undefined;
  const [, version = '', text = ''] = match;
  const bytes = Buffer.from(text, 'base64url');
  // Base64 has spare bits at its end that decoders ignore; a value with any of them changed is not ours.
  if (bytes.toString('base64url') !== text) return undefined;
  if (bytes.length < WRAP_BYTES + NONCE_BYTES + TAG_BYTES) return undefined;
  return { keyVersion: Number(version), wrapped: bytes.subarray(0, WRAP_BYTES), body: bytes.subarray(WRAP_BYTES) };
}

/** The additional data of the secret itself. It does not name the key version, so that re-wrapping leaves it valid. */
export function bodyContext(binding: Binding): Buffer {
  return contextOf(['aigne-hub secret', FORMAT, ...bindingParts(binding)]);
}

/** The additional data of the wrapped data key. */
export function wrapContext(binding: Binding, keyVersion: number): Buffer {
  return contextOf(['aigne-hub data key', FORMAT, String(keyVersion), ...bindingParts(binding)]);
}

/** Nonce, ciphertext, tag. The nonce must never have been used with this key before. */
export function encrypt(input: {
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly plaintext: Buffer;
  readonly context: Buffer;
}): Buffer {
  const cipher = createCipheriv(CIPHER, input.key, input.nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(input.context);
  return Buffer.concat([input.nonce, cipher.update(input.plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** `undefined` when the key, the bytes or the context are not the ones it was encrypted with. */
export function decrypt(input: {
  readonly key: Buffer;
  readonly bytes: Buffer;
  readonly context: Buffer;
}): Buffer | undefined {
  const { bytes } = input;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const ciphertext = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, input.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(input.context);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
    return plaintext;
  } catch {
    // The one way in which `final` fails is a tag that does not fit: what was decrypted is not to be seen.
    plaintext.fill(0);
    return undefined;
  }
}

function bindingParts(binding: Binding): readonly string[] {
  return [binding.organizationId, binding.table, binding.rowId, binding.field, binding.baseUrl];
}

/** Each part is preceded by its length, so that no two lists of parts give the same bytes. */
function contextOf(parts: readonly string[]): Buffer {
  const pieces: Buffer[] = [];
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    pieces.push(length, bytes);
  }
  return Buffer.concat(pieces);
}
