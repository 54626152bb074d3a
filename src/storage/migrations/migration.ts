import { createHash } from 'node:crypto';
import type { Engine } from '../engine.ts';

/** One step of the schema. Once released it is never edited: a later step corrects it. */
export type Migration = {
  /** Rising: 1, 2, 3 … */
  readonly version: number;
  readonly name: string;
  /** The statements in the order in which they run, all in one transaction. */
  readonly statements: (engine: Engine) => readonly string[];
};

/** SHA-256 over the statements that run on this engine, hex. */
export function checksumOf(migration: Migration, engine: Engine): string {
  const hash = createHash('sha256');
  for (const statement of migration.statements(engine)) hash.update(statement).update('\0');
  return hash.digest('hex');
}

/** The version that a schema has after all of them. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}
