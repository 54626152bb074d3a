import { setImmediate } from 'node:timers/promises';
import { isJsonObject, parseJson } from '../kernel/json.ts';
import type { ContentRow, RequestContent } from '../protocol/contents.ts';
import type { ContentKeeperDeps } from '../records/content-keeper.ts';
import type { Binding, Vault } from '../vault/vault.ts';

/** Seals the content of requests, each for its organization and its record. */
export function createContentSeal(vault: Pick<Vault, 'seal' | 'open'>): {
  readonly seal: ContentKeeperDeps['seal'];
  readonly open: (row: ContentRow) => RequestContent;
} {
  return {
    seal: (content, row) => vault.seal(JSON.stringify(content), bindingOf(row)),
    open: (row) => {
      const content: unknown = parseJson(vault.open(row.sealed, bindingOf(row)));
      if (!isJsonObject(content)) throw new Error('a sealed content is no object');
      // Authenticated by the vault, which nothing but `seal` above has given such a value.
      return content as unknown as RequestContent;
    },
  };
}

/** Lets whatever waits for the event loop have its turn. */
export async function breathe(): Promise<void> {
  await setImmediate();
}

function bindingOf({ organizationId, id }: Pick<ContentRow, 'organizationId' | 'id'>): Binding {
  return { organizationId, table: 'request_contents', rowId: id, field: 'content', baseUrl: '' };
}
