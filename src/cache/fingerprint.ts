import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/json.ts';

/** Fields at the top of a body that change nothing of the answer: who asks, what it is filed under, where it is cached. */
const SAID_ASIDE: ReadonlySet<string> = new Set([
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'labels',
]);

/** All but the body that makes two requests the same. */
export type RequestFacts = {
  readonly organizationId: string;
  readonly dialect: string;
  readonly operation: string;
  readonly path: string;
  readonly model: string;
  /** The models that may answer, whatever the name stands for now. */
  readonly servedBy: readonly string[];
  /** Headers that change the answer, and whatever else does. */
  readonly more: readonly (string | boolean | undefined)[];
};

/** The same for requests that ask for the same in other words: order of fields and blanks do not count. */
export function fingerprintOf(facts: RequestFacts, body: JsonObject): string {
  const { organizationId, dialect, operation, path, model, servedBy, more } = facts;
  const head = [1, organizationId, dialect, operation, path, model, [...new Set(servedBy)].sort(), more];
  const asked = Object.fromEntries(Object.entries(body).filter(([name]) => !SAID_ASIDE.has(name)));
  return createHash('sha256').update(JSON.stringify(head)).update(canonical(asked)).digest('base64url');
}

function canonical(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value ?? null);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}
