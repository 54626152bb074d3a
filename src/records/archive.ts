import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { syncPath } from '../kernel/sync-path.ts';
import type { RequestOutcome } from '../protocol/records.ts';
import { encodeOutcome } from './encode.ts';

const compress = promisify(gzip);

/** Where records go before the store deletes them. Resolves once they are on the disk. */
export type RecordArchive = { readonly write: (outcomes: readonly RequestOutcome[]) => Promise<void> };

/**
 * A folder of compressed files, a line of JSON for each record. A file is named by its first record, and whole from the
 * moment it has its name; where a crash came before the records were deleted, it is written again in the same place.
 */
export function createArchiveFolder(directory: string): RecordArchive {
  return {
    async write(outcomes) {
      const [first] = outcomes;
      if (first === undefined) return;
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, archiveName(first));
      const temporary = `${path}.tmp`;
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(await compress(`${outcomes.map(encodeOutcome).join('\n')}\n`));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      // Windows cannot open folders and does not need it.
      if (process.platform !== 'win32') await syncPath(directory);
    },
  };
}

/** `usage-2026-01-15-<organization>-<record>.jsonl.gz`: in the order of time, told apart by the record. */
function archiveName({ usage }: RequestOutcome): string {
  const day = new Date(usage.startedAt).toISOString().slice(0, 10);
  const safe = (id: string): string => id.replaceAll(/[^\w-]/g, '_');
  return `usage-${day}-${safe(usage.organizationId)}-${safe(usage.id)}.jsonl.gz`;
}
