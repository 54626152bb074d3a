import { randomBytes } from 'node:crypto';
import { loadKeyring } from '../keyring.ts';
import { createVault, type Vault } from '../vault.ts';

/** A vault with a key of its own, gone with the test. */
export async function testVault(): Promise<Vault> {
  const value = randomBytes(32).toString('base64');
  const keyring = await loadKeyring({ kind: 'environment', value }, randomBytes);
  return createVault({ keyring, randomBytes, activeVersion: 1, minDecryptionVersion: 1 });
}
