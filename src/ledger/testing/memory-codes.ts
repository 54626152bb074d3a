import type { CodeBatch } from '../../protocol/redemption-codes.ts';
import type { CodeOutcome, RedemptionCodeStore } from '../ports.ts';
import type { MemoryOwed } from './memory-owed.ts';

type Code = { readonly batchId: string; readonly number: number; uses: number };

/** Redemption codes in memory. */
export function memoryCodes(owed: MemoryOwed): RedemptionCodeStore {
  const batches = new Map<string, CodeBatch>();
  const codes = new Map<string, Code>();
  const withUses = (batch: CodeBatch) => {
    const own = [...codes.values()].filter(({ batchId }) => batchId === batch.id);
    return { ...batch, uses: own.reduce((sum, { uses }) => sum + uses, 0) };
  };
  const redeemed: { id: string; batchId: string; number: number; organizationId: string; at: number }[] = [];
  return {
    insert: async (batch, digests) => {
      batches.set(batch.id, batch);
      for (const [index, digest] of digests.entries())
        codes.set(digest, { batchId: batch.id, number: index + 1, uses: 0 });
    },
    list: async ({ limit, afterId }) => {
      const newest = [...batches.values()].toReversed();
      const after = newest.findIndex(({ id }) => id === afterId);
      return newest.slice(after + 1, after + 1 + limit).map(withUses);
    },
    get: async (id) => {
      const batch = batches.get(id);
      return batch && withUses(batch);
    },
    withdraw: async (id, at) => {
      const batch = batches.get(id);
      if (batch !== undefined) batches.set(id, { ...batch, withdrawnAt: batch.withdrawnAt ?? at });
      return batch !== undefined;
    },
    codes: async (id, { limit, afterNumber }) =>
      [...codes.values()]
        .filter(({ batchId, number }) => batchId === id && number > afterNumber)
        .slice(0, limit)
        .map(({ number, uses }) => ({ number, uses })),
    redemptions: async (id, { limit }) =>
      redeemed
        .filter(({ batchId }) => batchId === id)
        .slice(0, limit)
        .map((one) => ({ ...one, grantId: one.id, organizationName: 'Test', actorId: undefined })),
    redeem: async ({ digest, organizationId, now, draft }): Promise<CodeOutcome> => {
      const code = codes.get(digest);
      const batch = code && batches.get(code.batchId);
      if (code === undefined || batch === undefined) return { kind: 'unknown' };
      const wanted = draft(batch, code.number);
      const isNew = !owed.rows.has(wanted.reference);
      if (isNew) {
        if (batch.withdrawnAt !== undefined) return { kind: 'refused', why: 'withdrawn' };
        if (code.uses >= batch.usesMax) return { kind: 'refused', why: 'used_up' };
        code.uses += 1;
        redeemed.push({ id: wanted.id, batchId: batch.id, number: code.number, organizationId, at: now });
      }
      const [found = wanted] = await owed.owe([wanted], () => undefined);
      return { kind: 'redeemed', owed: found, isNew };
    },
  };
}
