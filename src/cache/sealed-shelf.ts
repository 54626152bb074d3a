import { isJsonObject, type JsonValue, parseJsonOrUndefined } from '../kernel/json.ts';
import { nanoUsd } from '../kernel/money.ts';
import type { CachedAnswer } from '../protocol/cached-answer.ts';
import type { OrganizationScope } from '../protocol/tenant.ts';
import type { Usage } from '../protocol/usage.ts';
import type { AnswerShelf, SealedAnswerStore } from './ports.ts';

export type SealedShelfDeps = {
  readonly store: Pick<SealedAnswerStore, 'get' | 'put'>;
  readonly seal: (text: string, scope: OrganizationScope & { readonly id: string }) => string;
  /** `undefined` for what no key at hand opens. */
  readonly open: (sealed: string, scope: OrganizationScope & { readonly id: string }) => string | undefined;
};

/** Answers in a store that several processes share. One that cannot be opened any more is as one that is not there. */
export function createSealedShelf({ store, seal, open }: SealedShelfDeps): AnswerShelf {
  return {
    get: async (scope, id, now) => {
      const found = await store.get(scope, id, now);
      const text = found && open(found.sealed, { ...scope, id });
      return found === undefined || text === undefined ? undefined : fromText(text, found);
    },
    put: async (scope, id, answer) => {
      const sealed = seal(toText(answer), { ...scope, id });
      const { storedAt, expiresAt } = answer;
      await store.put(scope, { id, sealed, bytes: sealed.length, storedAt, expiresAt });
    },
  };
}

function toText({ body, costNano, storedAt: _storedAt, expiresAt: _expiresAt, ...rest }: CachedAnswer): string {
  const cost = costNano === undefined ? undefined : String(costNano);
  return JSON.stringify({ ...rest, cost, body: body.toString('base64') });
}

/** What only {@link toText} has written; `undefined` where another version of it did. */
function fromText(text: string, times: Pick<CachedAnswer, 'storedAt' | 'expiresAt'>): CachedAnswer | undefined {
  const value = parseJsonOrUndefined(text);
  if (!isJsonObject(value)) return undefined;
  const { body, contentType, usage, made, cost, servedModel, finishReason, losses } = value;
  if (typeof body !== 'string' || typeof contentType !== 'string' || !isJsonObject(usage)) return undefined;
  return {
    body: Buffer.from(body, 'base64'),
    contentType,
    usage: usage as Usage,
    made: isJsonObject(made) ? (made as CachedAnswer['made']) : undefined,
    costNano: typeof cost === 'string' ? nanoUsd(BigInt(cost)) : undefined,
    servedModel: textOf(servedModel),
    finishReason: textOf(finishReason),
    losses: Array.isArray(losses) ? (losses as unknown as CachedAnswer['losses']) : [],
    storedAt: times.storedAt,
    expiresAt: times.expiresAt,
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
