import { GatewayError } from '../kernel/errors.ts';
import {
  type Binding,
  bodyContext,
  DATA_KEY_BYTES,
  decrypt,
  type Envelope,
  encrypt,
  NONCE_BYTES,
  parseEnvelope,
  wrapContext,
  writeEnvelope,
} from './envelope.ts';
import type { Keyring, MasterKey } from './master-key.ts';
import type { RandomBytes } from './secrets-file.ts';

export type { Binding } from './envelope.ts';

/** Keeps secrets sealed. Synchronous throughout: opening one costs a few microseconds. */
export type Vault = {
  /**
   * Encrypts a secret under the active version of the master key, for one row and one address only.
   * @throws RangeError when the secret is longer than {@link SECRET_CHARS_MAX}, an answer than
   *   {@link ANSWER_CHARS_MAX}, a content than {@link CONTENT_CHARS_MAX}, or any of them not valid Unicode.
   */
  readonly seal: (secret: string, binding: Binding) => string;
  /** @throws GatewayError `vault.undecryptable`; its `cause`, for the log, says why and holds nothing of the secret. */
  readonly open: (sealed: string, binding: Binding) => string;
  /** The master key version that a sealed value needs. @throws GatewayError `vault.undecryptable` */
  readonly keyVersionOf: (sealed: string) => number;
  /** Wraps the data key under the active version and leaves the secret's bytes alone. @throws as `open` */
  readonly rewrap: (sealed: string, binding: Binding) => string;
  /** The master key version that new secrets are sealed under. */
  readonly activeVersion: () => number;
  /** Seals under a newer version from now on; an older one changes nothing. @throws GatewayError when it is not at hand */
  readonly activate: (version: number) => void;
  /** Sealed values below this version are refused from now on, whatever keys are at hand. It never goes down. */
  readonly refuseBelow: (version: number) => void;
  readonly minDecryptionVersion: () => number;
};

/** Longest secret that is accepted: service-account files are the longest, at a few thousand characters. */
export const SECRET_CHARS_MAX = 32_768;
/** Longest answer that is kept for who sends a request again. */
const ANSWER_CHARS_MAX = 1_048_576;
/** Longest content of a request, as the JSON that holds both its sides. */
export const CONTENT_CHARS_MAX = 4_194_304;
const CHARS_MAX: Readonly<Record<Binding['field'], number>> = {
  secret: SECRET_CHARS_MAX,
  answer: ANSWER_CHARS_MAX,
  content: CONTENT_CHARS_MAX,
};
/** No sealed value that we wrote is longer: four bytes a character, base64, and the parts around it. */
const SEALED_CHARS_MAX = CONTENT_CHARS_MAX * 6;

/**
 * Builds the vault. `activeVersion` and `minDecryptionVersion` are what `checkVault` found: the store, not the keyring,
 * says which version is in use, so that an operator can give every instance the next key before any of them needs it.
 */
export function createVault(input: {
  readonly keyring: Keyring;
  readonly randomBytes: RandomBytes;
  readonly activeVersion: number;
  readonly minDecryptionVersion: number;
}): Vault {
  const { keyring, randomBytes } = input;
  let active = requireKey(keyring, input.activeVersion);
  let oldest = input.minDecryptionVersion;

  const wrap = (dataKey: Buffer, binding: Binding): Buffer =>
    encrypt({
      key: active.key,
      nonce: randomBytes(NONCE_BYTES),
      plaintext: dataKey,
      context: wrapContext(binding, active.version),
    });

  const parse = (sealed: string): Envelope => {
    const envelope = sealed.length > SEALED_CHARS_MAX ? undefined : parseEnvelope(sealed);
    if (envelope === undefined) throw undecryptable('the sealed value is damaged or of an unknown format');
    return envelope;
  };

  const unwrap = (envelope: Envelope, binding: Binding): Buffer => {
    const { keyVersion } = envelope;
    if (keyVersion < oldest) throw undecryptable(`key version ${keyVersion} is retired`, binding);
    const { key } = requireKey(keyring, keyVersion, binding);
    const dataKey = decrypt({ key, bytes: envelope.wrapped, context: wrapContext(binding, keyVersion) });
    if (dataKey === undefined) throw undecryptable(`key version ${keyVersion} does not open it`, binding);
    return dataKey;
  };

  const openBody = (envelope: Envelope, dataKey: Buffer, binding: Binding): Buffer => {
    const plaintext = decrypt({ key: dataKey, bytes: envelope.body, context: bodyContext(binding) });
    if (plaintext === undefined) throw undecryptable('the encrypted secret was altered', binding);
    return plaintext;
  };

  const activate = (version: number): void => {
    if (version > active.version) active = requireKey(keyring, version);
  };

  return {
    seal: (secret, binding) => {
      const max = CHARS_MAX[binding.field];
      if (secret.length > max) throw new RangeError(`what is sealed there has at most ${max} characters`);
      if (!secret.isWellFormed()) throw new RangeError('the secret is not valid Unicode');
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const plaintext = Buffer.from(secret, 'utf8');
      const body = encrypt({ key: dataKey, nonce, plaintext, context: bodyContext(binding) });
      const wrapped = wrap(dataKey, binding);
      dataKey.fill(0);
      plaintext.fill(0);
      return writeEnvelope({ keyVersion: active.version, wrapped, body });
    },
    open: (sealed, binding) => {
      const envelope = parse(sealed);
      const dataKey = unwrap(envelope, binding);
      const plaintext = openBody(envelope, dataKey, binding);
      // Another process has begun to seal under a newer version: the rotation has reached this one too.
      activate(envelope.keyVersion);
      const secret = plaintext.toString('utf8');
      dataKey.fill(0);
      plaintext.fill(0);
      return secret;
    },
    keyVersionOf: (sealed) => parse(sealed).keyVersion,
    rewrap: (sealed, binding) => {
      const envelope = parse(sealed);
      const dataKey = unwrap(envelope, binding);
      // A value whose body is damaged keeps its old wrapping, so that it is found and not carried along.
      openBody(envelope, dataKey, binding).fill(0);
      const wrapped = wrap(dataKey, binding);
      dataKey.fill(0);
      return writeEnvelope({ keyVersion: active.version, wrapped, body: envelope.body });
    },
    activeVersion: () => active.version,
    activate,
    refuseBelow: (version) => {
      if (version > active.version) throw new RangeError(`version ${version} is not in use yet`);
      oldest = Math.max(oldest, version);
    },
    minDecryptionVersion: () => oldest,
  };
}

/** The key of a version. A version that is not known yet may have been added to the key file by another process. */
function requireKey(keyring: Keyring, version: number, binding?: Binding): MasterKey {
  const known = keyring.get(version);
  if (known !== undefined) return known;
  try {
    keyring.reload();
  } catch (cause) {
    throw undecryptable(`key version ${version} is not in the keyring, which cannot be read again`, binding, cause);
  }
  const found = keyring.get(version);
  if (found === undefined) throw undecryptable(`key version ${version} is not in the keyring`, binding);
  return found;
}

function undecryptable(reason: string, binding?: Binding, cause?: unknown): GatewayError {
  const place = binding === undefined ? '' : `${binding.table} ${binding.rowId}: `;
  return new GatewayError('vault.undecryptable', { cause: new Error(`${place}${reason}`, { cause }) });
}
