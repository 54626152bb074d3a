import type { CatalogueOrigin, CatalogueProvider, CatalogueServices } from '../controlplane/services.ts';
import { DIALECTS } from '../dialects/index.ts';
import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../kernel/json.ts';
import { DOCUMENT_CHARACTERS_MAX } from '../providers/catalogue.ts';
import { type ProviderEntry, parameterNames } from '../providers/schema.ts';
import type { Core } from './core.ts';

const FETCH_MS = 30_000;

/** The catalogue as the control plane shows and changes it. */
export function catalogueServices(core: Core): CatalogueServices {
  const { catalogue, store, snapshot } = core;
  const appliedIds = async (): Promise<ReadonlySet<string>> =>
    new Set((await store.catalogue.list()).map(({ id }) => id));
  const described = (entry: ProviderEntry, applied: ReadonlySet<string>): CatalogueProvider => ({
    ...describeEntry(entry, applied),
    isOperators: !catalogue.isBuiltIn(entry.id),
  });
  return {
    list: async () => {
      const applied = await appliedIds();
      return catalogue.current().entries.map((entry) => described(entry, applied));
    },
    get: async (id) => {
      const entry = catalogue.current().find(id);
      return entry === undefined ? undefined : described(entry, await appliedIds());
    },
    compare: async (origin) => catalogue.preview((await readDocument(core, origin)).text),
    apply: async (origin) => {
      const { text, source } = await readDocument(core, origin);
      const difference = await catalogue.apply(text, source);
      await snapshot.refresh();
      return difference;
    },
    remove: async (id) => {
      await catalogue.remove(id);
      await snapshot.refresh();
    },
  };
}

async function readDocument(
  core: Core,
  origin: CatalogueOrigin,
): Promise<{ readonly text: string; readonly source: string }> {
  if (origin.kind === 'document') return { text: JSON.stringify(origin.document), source: origin.name };
  return { text: await fetchDocument(core, origin.url, DOCUMENT_CHARACTERS_MAX), source: origin.url };
}

/**
 * A document by its address, through the same guarded way out as everything else.
 * @throws GatewayError `request.invalid` where there is none
 */
export async function fetchDocument({ http }: Pick<Core, 'http'>, url: string, bytesMax: number): Promise<string> {
  if (!URL.canParse(url)) throw new GatewayError('request.invalid', { param: 'url', message: 'That is not a URL.' });
  const { status, body } = await http.request({
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    body: undefined,
    auth: { scheme: 'none' },
    secret: undefined,
    timeoutMs: FETCH_MS,
    responseBytesMax: bytesMax,
  });
  if (status !== 200) {
    throw new GatewayError('request.invalid', { param: 'url', message: `The address answered with status ${status}.` });
  }
  return body.toString();
}

function describeEntry(entry: ProviderEntry, applied: ReadonlySet<string>): CatalogueProvider {
  return {
    id: entry.id,
    name: entry.name,
    docs: entry.docs,
    baseUrl: entry.baseUrl,
    params: parameterNames(entry.baseUrl),
    needsCredential: entry.auth.scheme !== 'none' && !('optional' in entry.auth),
    local: entry.local === true,
    speaks: entry.speaks.map(({ operation, dialect }) => ({
      operation,
      dialect,
      supported: DIALECTS.get(dialect)?.outbound !== undefined || DIALECTS.get(dialect)?.passThrough !== undefined,
    })),
    origin: applied.has(entry.id) ? 'applied' : 'built_in',
    document: documentOf(entry),
  };
}

/** An entry as the catalogue's files write it. */
export function documentOf(entry: ProviderEntry): JsonObject {
  const document = parseJson(JSON.stringify(entry));
  if (!isJsonObject(document)) throw new Error('a catalogue entry is an object');
  return document;
}
