import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The folder of package.json. */
export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Files of the repository by their path from its root, with slashes. */
export type SourceFiles = ReadonlyMap<string, string>;

const SKIPPED_FOLDERS = new Set(['node_modules', '.git', 'data', 'dist', 'fixtures']);

/** Reads every file below some folders whose name ends in one of the endings. */
export function readSources(folders: readonly string[], endings: readonly string[]): SourceFiles {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) walk(path);
      } else if (endings.some((ending) => entry.name.endsWith(ending))) {
        files.set(relative(REPOSITORY, path).split(sep).join('/'), readFileSync(path, 'utf8'));
      }
    }
  };
  for (const folder of folders) if (existsSync(join(REPOSITORY, folder))) walk(join(REPOSITORY, folder));
  return files;
}

/** A source text with every comment blanked out, so that offsets and line numbers stay. */
export function withoutComments(text: string): string {
  const blank = (match: string) => match.replace(/[^\n]/g, ' ');
  return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|\s)\/\/[^\n]*/g, blank);
}

/** The line, counted from one, of an offset. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
