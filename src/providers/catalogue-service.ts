import type { Clock } from '../kernel/clock.ts';
import { GatewayError } from '../kernel/errors.ts';
import {
  type Catalogue,
  type CatalogueDifference,
  catalogueDifference,
  createCatalogue,
  overlayCatalogue,
  parseCatalogueDocument,
} from './catalogue.ts';
import type { Note } from './connection-ports.ts';
import type { CatalogueStore } from './ports.ts';
import type { ProviderEntry } from './schema.ts';

/** The catalogue of a running hub: what it was built with, and what operators applied since. */
export type CatalogueService = {
  readonly current: () => Catalogue;
  /** Whether the entry is in this build, whatever was applied since. */
  readonly isBuiltIn: (id: string) => boolean;
  /** Reads what is applied again, after another process changed it or at start. */
  readonly reload: () => Promise<void>;
  /** What a document would change; changes nothing. @throws GatewayError `request.invalid` */
  readonly preview: (document: string) => CatalogueDifference;
  /** Applies a document and says what it changed. `source` is the file or URL it came from. @throws GatewayError */
  readonly apply: (document: string, source: string) => Promise<CatalogueDifference>;
  /** Takes an applied entry away; a built-in one of the same id shows again. @throws GatewayError when none is applied */
  readonly remove: (id: string) => Promise<void>;
};

/** Builds the service; `reload` must run once before applied entries are seen. */
export function createCatalogueService(input: {
  readonly builtIn: readonly ProviderEntry[];
  readonly store: CatalogueStore;
  readonly clock: Clock;
  readonly note: Note;
}): CatalogueService {
  const { builtIn, store, clock, note } = input;
  const builtInIds = new Set(builtIn.map(({ id }) => id));
  let catalogue = createCatalogue(builtIn);

  const reload = async (): Promise<void> => {
    catalogue = overlayCatalogue(builtIn, await store.list(), (id, reason) =>
      note('warn', 'an applied catalogue entry cannot be read by this build', { id, reason }),
    );
  };

  return {
    current: () => catalogue,
    isBuiltIn: (id) => builtInIds.has(id),
    reload,
    preview: (document) => catalogueDifference(catalogue, parseCatalogueDocument(document)),
    apply: async (document, source) => {
      const incoming = parseCatalogueDocument(document);
      const difference = catalogueDifference(catalogue, incoming);
      const same = new Set(difference.unchanged);
      const appliedAt = clock.now();
      const rows = incoming
        .filter((entry) => !same.has(entry.id))
        .map((entry) => ({ id: entry.id, document: JSON.stringify(entry), source, appliedAt }));
      if (rows.length > 0) await store.apply(rows);
      await reload();
      note('info', 'catalogue applied', { source, added: difference.added, changed: difference.changed.length });
      return difference;
    },
    remove: async (id) => {
      if (!(await store.remove(id))) throw new GatewayError('resource.not_found', { details: { id } });
      await reload();
    },
  };
}
