import { hash, type Options, verify } from '@node-rs/argon2';
import { GatewayError } from '../kernel/errors.ts';

/**
 * Argon2id with 19 MiB and two passes: the smallest that OWASP names.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
const OPTIONS: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Hashes that are computed at once, and that may wait: each takes memory and some 30 ms of a core. */
const AT_ONCE = 2;
const WAITING_MAX = 100;

const PASSWORD_CHARS_MIN = 10;
const PASSWORD_CHARS_MAX = 200;
const DIFFERENT_CHARS_MIN = 5;

/** Hashing of passwords, bounded. */
export type Passwords = {
  /** A password → its hash in PHC form. */
  readonly hash: (password: string) => Promise<string>;
  /** Takes as long where there is no hash, so that the time does not tell whether there is one. */
  readonly isRight: (password: string, stored: string | undefined) => Promise<boolean>;
};

export function createPasswords(): Passwords {
  const turn = createTurns();
  let decoy: Promise<string> | undefined;
  return {
    hash: (password) => turn(() => hash(password, OPTIONS)),
    isRight: (password, stored) =>
      turn(async () => {
        decoy ??= hash('nobody’s password', OPTIONS);
        const isSame = await verify(stored ?? (await decoy), password.slice(0, PASSWORD_CHARS_MAX));
        return isSame && stored !== undefined;
      }),
  };
}

/**
 * Whether a password may be chosen. Length is what counts; characters of certain kinds are not asked for.
 * https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
 * @throws request.invalid
 */
export function checkNewPassword(password: string, email: string): void {
  const problem = problemOf(password, email);
  if (problem !== undefined) throw new GatewayError('request.invalid', { param: 'password', message: problem });
}

function problemOf(password: string, email: string): string | undefined {
  if (password.length < PASSWORD_CHARS_MIN) return `A password has at least ${PASSWORD_CHARS_MIN} characters.`;
  if (password.length > PASSWORD_CHARS_MAX) return `A password has at most ${PASSWORD_CHARS_MAX} characters.`;
  if (new Set(password).size < DIFFERENT_CHARS_MIN) return 'A password is not the same few characters again and again.';
  const [name = ''] = email.split('@');
  const lower = password.toLowerCase();
  if (
    lower === email ||
    (name.length >= DIFFERENT_CHARS_MIN && lower.replaceAll(name, '').length < DIFFERENT_CHARS_MIN)
  ) {
    return 'A password is not the mail address.';
  }
  return undefined;
}

/** Lets a few run and some wait. @throws hub.overloaded for more */
function createTurns() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= AT_ONCE) {
      if (waiting.length >= WAITING_MAX) throw new GatewayError('hub.overloaded', { retryAfterSeconds: 1 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
