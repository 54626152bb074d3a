import type { Clock } from '../kernel/clock.ts';
import { createIdMaker } from '../kernel/ids.ts';
import { createMediaStore, type MediaStore } from '../media/media-store.ts';
import type { Settings } from '../settings/types.ts';
import type { DataPaths } from './data-dir.ts';

export type MediaInput = {
  readonly settings: Settings;
  readonly paths: DataPaths;
  readonly clock: Clock;
  /** The keyed hash of the hub's secrets. */
  readonly hashKey: (text: string) => string;
};

/** The store of generated files, in the data directory. */
export function openMedia({ settings, paths, clock, hashKey }: MediaInput): MediaStore {
  const newId = createIdMaker(clock.now);
  return createMediaStore({
    directory: paths.media,
    bytesMax: settings.limits.mediaBytes,
    keptMs: settings.media.keptMs,
    clock,
    newName: () => newId('file'),
    sign: hashKey,
  });
}
