import { assertNever } from '../kernel/assert.ts';
import { type KeyCommand, runKeyCommand } from './key-command.ts';
import { openKeyFile } from './key-file.ts';
import { type Keyring, type MasterKey, newestOf, parseKeys, versionsOf } from './master-key.ts';
import type { RandomBytes } from './secrets-file.ts';

/** Where the master key comes from. */
export type KeySource =
  /** Lines `1:<base64>` in a file of mode 0600. `whenMissing: 'create'` is for a store that knows no key yet. */
  | { readonly kind: 'file'; readonly path: string; readonly whenMissing: 'create' | 'refuse' }
  /** The value of `HUB_MASTER_KEY`: `<base64>`, which is version 1, or `1:<base64>,2:<base64>`. */
  | { readonly kind: 'environment'; readonly value: string }
  /** A program whose standard output has either form; `splitCommand` makes its `argv` from one line. */
  | ({ readonly kind: 'command' } & KeyCommand);

/** Reads the master keys. @throws KeyringError, WeakSecretError, PrivateFileError */
export async function loadKeyring(source: KeySource, randomBytes: RandomBytes): Promise<Keyring> {
  switch (source.kind) {
    case 'file':
      return openKeyFile({ path: source.path, whenMissing: source.whenMissing, randomBytes });
    case 'environment':
      return fixedKeyring('environment', parseKeys('HUB_MASTER_KEY', source.value));
    case 'command':
      return fixedKeyring('command', parseKeys('the output of the master key command', await runKeyCommand(source)));
    default:
      return assertNever(source);
  }
}

function fixedKeyring(source: 'environment' | 'command', keys: ReadonlyMap<number, MasterKey>): Keyring {
  return {
    source,
    versions: () => versionsOf(keys),
    get: (version) => keys.get(version),
    newest: () => newestOf(keys),
    reload: () => false,
    addVersion: undefined,
  };
}
