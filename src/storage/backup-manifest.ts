import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../kernel/json.ts';

/** A backup or restore was refused or failed; the message says why and what to do. Nothing was changed. */
export class BackupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
  }
}

const MANIFEST_FILE = 'manifest.json';

/** What a backup folder says of itself. It never holds a key, only the fingerprint of the one that opens its secrets. */
export const backupManifestSchema = z.strictObject({
  format: z.literal('aigne-hub-backup'),
  formatVersion: z.literal(1),
  kind: z.enum(['sqlite', 'postgres']),
  schemaVersion: z.int().nonnegative(),
  /** Milliseconds since the epoch. */
  createdAt: z.int().nonnegative(),
  masterKeyFingerprint: z.string().min(1),
  /** Name of the data file beside the manifest. */
  file: z.enum(['hub.db', 'hub.dump']),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** Where a backup folder's manifest lies. It is written last: a folder without one is no backup. */
export function manifestPath(directory: string): string {
  return join(directory, MANIFEST_FILE);
}

/** @throws BackupError when there is none or it is not of this format */
export async function readManifest(directory: string): Promise<BackupManifest> {
  let text: string;
  try {
    text = await readFile(manifestPath(directory), 'utf8');
  } catch (cause) {
    throw new BackupError(`${directory} holds no ${MANIFEST_FILE}: it is no backup, or one that was cut short.`, {
      cause,
    });
  }
  let document: unknown;
  try {
    document = parseJson(text);
  } catch (cause) {
    throw new BackupError(`${manifestPath(directory)} is not JSON.`, { cause });
  }
  const manifest = backupManifestSchema.safeParse(document);
  if (!manifest.success) {
    throw new BackupError(
      `${manifestPath(directory)} is not a manifest of this build: ${z.prettifyError(manifest.error)}`,
    );
  }
  return manifest.data;
}
