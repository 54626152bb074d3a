import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A secret that was planted, and must be found nowhere. */
export type Canary = { readonly name: string; readonly secret: string };

/** One place where a canary was found, and in which form. */
export type Leak = { readonly canary: string; readonly form: string; readonly place: string };

/** What is searched: a name for the place, and its bytes. */
export type Place = { readonly name: string; readonly bytes: Buffer };

const RANDOM_BYTES = 24;
const END_CHARACTERS = 12;
/** Characters that every encoding changes in its own way. */
const TELLING_CHARACTERS = '+/=';

/** Makes a secret that nothing else in the world contains. `prefix` makes it look like its kind. */
export function makeCanary(name: string, prefix = ''): Canary {
  return {
    name,
    secret: `${prefix}${randomBytes(RANDOM_BYTES).toString('hex')}${TELLING_CHARACTERS}${randomBytes(6).toString('hex')}`,
  };
}

/** Every form in which a secret may lie about: as it is, encoded, reversed, escaped, and its two ends. */
export function formsOf({ secret }: Canary): ReadonlyMap<string, string> {
  const forms = new Map<string, string>([
    ['raw', secret],
    ['hex', Buffer.from(secret).toString('hex')],
    ['url-encoded', encodeURIComponent(secret)],
    ['reversed', Array.from(secret).toReversed().join('')],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
    [`first ${END_CHARACTERS}`, secret.slice(0, END_CHARACTERS)],
    [`last ${END_CHARACTERS}`, secret.slice(-END_CHARACTERS)],
  ]);
  // Base64 of a secret within a longer text depends on where it begins, so all three alignments are looked for.
  for (const offset of [0, 1, 2]) {
    const text = innerBase64(secret, offset);
    forms.set(`base64 at ${offset}`, text);
    forms.set(`base64url at ${offset}`, text.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Looks for every form of every canary in every place. */
export function findLeaks(canaries: readonly Canary[], places: readonly Place[]): Leak[] {
  return canaries.flatMap((canary) =>
    [...formsOf(canary)].flatMap(([form, text]) => {
      const needle = Buffer.from(text);
      return places
        .filter((place) => place.bytes.includes(needle))
        .map((place) => ({ canary: canary.name, form, place: place.name }));
    }),
  );
}

/** Reads all files below a folder, but those that `isSkipped` names by their path within it. */
export async function readFolder(folder: string, isSkipped: (path: string) => boolean): Promise<Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const places: Place[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (entry.isFile() && !isSkipped(name)) places.push({ name: `file ${name}`, bytes: await readFile(path) });
  }
  return places;
}

/** The base64 characters that the secret alone decides when `offset` bytes stand before it. */
function innerBase64(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
  return whole.slice(offset === 0 ? 0 : 4);
}
