import { createHash } from 'node:crypto';
import type { Engine } from '../engine.ts';

/** One step of the schema. Once released it is never edited: a later step corrects it. */
export type Migration = {
  /** 1, 2, 3 … without a gap. */
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
