/**
 * Compares what is declared with what the store holds of it, and lists what has to change. Pure: the questions that need
 * the vault or the catalogue were asked before. Rows of other sources are never changed; a name that one of them holds
 * already is a problem, not a change.
 */
import type { AliasRow, IdentityOverrideRow, VirtualKeyRow } from '../protocol/configuration.ts';
import type { Change, Plan, ReconcileResult } from './changes.ts';
import type { CurrentRows, NewDeclaredKey, ResolveBaseUrl } from './ports.ts';
import { reconcileConnections } from './reconcile-connections.ts';
import { type Meanings, reconcileLimits, reconcileRoutes } from './reconcile-named.ts';
import type { Declared, DeclaredPrice } from './schema.ts';

export type ReconcileInput = {
  readonly declared: Omit<Declared, 'keys'>;
  /** The declared keys with their secrets hashed. */
  readonly keys: readonly NewDeclaredKey[];
  readonly current: CurrentRows;
  readonly resolveBaseUrl: ResolveBaseUrl;
  /** Ids of stored credentials whose declared secret is the one that they hold. */
  readonly unchangedSecrets: ReadonlySet<string>;
  /** The ids that routes and limits refer to, by the texts of the references. */
  readonly found: Meanings['found'];
};

/** Lists the changes in the order in which they are to be applied, each with a sentence that holds no secret. */
export function reconcile(input: ReconcileInput): Plan {
  const { declared, current } = input;
  const keys = reconcileKeys(input.keys, current.keys);
  const meanings = { found: input.found, keyChanges: keys.changes };
  const parts = [
    reconcileConnections({ ...input, declared: declared.connections }),
    reconcileAliases(declared.aliases, current.aliases),
    reconcileIdentity(declared.identity, current.identityOverrides),
    { changes: reconcilePrices(declared.prices, current.prices), problems: [] },
    keys,
  ];
  const named = [
    reconcileRoutes(declared.routes, current.routes, meanings),
    reconcileLimits(declared.limits, current.limits, meanings),
  ];
  const problems = parts.flatMap((part) => part.problems.map((message) => ({ message })));
  return {
    changes: [...parts, ...named].flatMap(({ changes }) => changes),
    problems: [...problems, ...named.flatMap((part) => part.problems)],
  };
}

function reconcileAliases(declared: Declared['aliases'], rows: readonly AliasRow[]): ReconcileResult {
  const ours = new Map(rows.filter(({ source }) => source === 'file').map((row) => [row.name, row]));
  const taken = new Set(rows.filter(({ source }) => source !== 'file').map(({ name }) => name));
  const changes: Change[] = [];
  const problems: string[] = [];
  for (const alias of declared) {
    const row = ours.get(alias.name);
    ours.delete(alias.name);
    if (row?.target === alias.target) continue;
    if (taken.has(alias.name)) {
      problems.push(`The alias "${alias.name}" exists already and does not come from hub.yaml; remove one of the two.`);
      continue;
    }
    if (row !== undefined) {
      const sentence = `Take back the alias ${alias.name} for ${row.target}.`;
      changes.push({ kind: 'alias.remove', id: row.id, sentence });
    }
    changes.push({ kind: 'alias.create', alias, sentence: `Let ${alias.name} stand for ${alias.target}.` });
  }
  for (const row of ours.values()) {
    changes.push({ kind: 'alias.remove', id: row.id, sentence: `Remove the alias ${row.name}.` });
  }
  return { changes, problems };
}

function reconcileIdentity(declared: Declared['identity'], rows: readonly IdentityOverrideRow[]): ReconcileResult {
  const nameOf = (entry: { providerId: string; upstreamModel: string }) => `${entry.providerId}/${entry.upstreamModel}`;
  const ours = new Map(rows.filter(({ source }) => source === 'file').map((row) => [nameOf(row), row]));
  const taken = new Set(rows.filter(({ source }) => source !== 'file').map(nameOf));
  const changes: Change[] = [];
  const problems: string[] = [];
  for (const identity of declared) {
    const name = nameOf(identity);
    const row = ours.get(name);
    ours.delete(name);
    if (row?.canonicalModel === identity.canonicalModel) continue;
    if (taken.has(name)) {
      problems.push(`The identity of ${name} was corrected elsewhere than in hub.yaml; remove one of the two.`);
      continue;
    }
    if (row !== undefined) {
      const sentence = `Forget that ${name} is ${row.canonicalModel}.`;
      changes.push({ kind: 'identity.remove', id: row.id, sentence });
    }
    changes.push({ kind: 'identity.create', identity, sentence: `Treat ${name} as ${identity.canonicalModel}.` });
  }
  for (const row of ours.values()) {
    const sentence = `Forget that ${nameOf(row)} is ${row.canonicalModel}.`;
    changes.push({ kind: 'identity.remove', id: row.id, sentence });
  }
  return { changes, problems };
}

function reconcilePrices(declared: readonly DeclaredPrice[], current: readonly DeclaredPrice[]): readonly Change[] {
  const nameOf = (price: DeclaredPrice) => `${price.providerId}/${price.model}`;
  const before = new Map(current.map((price) => [nameOf(price), price]));
  const changes: Change[] = [];
  for (const price of declared) {
    const old = before.get(nameOf(price));
    before.delete(nameOf(price));
    if (old !== undefined && samePrices(old, price)) continue;
    changes.push({ kind: 'price.set', price, sentence: `Set the prices of ${nameOf(price)}.` });
  }
  for (const { providerId, model } of before.values()) {
    const sentence = `Take back the prices of ${providerId}/${model}.`;
    changes.push({ kind: 'price.clear', model: { providerId, model }, sentence });
  }
  return changes;
}

function samePrices(a: DeclaredPrice, b: DeclaredPrice): boolean {
  const amounts = new Map(a.prices.map(({ unit, price }) => [unit, price]));
  return a.prices.length === b.prices.length && b.prices.every(({ unit, price }) => amounts.get(unit) === price);
}

function reconcileKeys(declared: readonly NewDeclaredKey[], rows: readonly VirtualKeyRow[]): ReconcileResult {
  const ours = new Map(rows.filter(({ source }) => source === 'file').map((row) => [row.name, row]));
  const others = rows.filter((row) => row.source !== 'file' && row.revokedAt === undefined);
  const taken = new Set(others.map(({ name }) => name));
  const changes: Change[] = [];
  const problems: string[] = [];
  for (const key of declared) {
    const row = ours.get(key.name);
    ours.delete(key.name);
    if (row === undefined && taken.has(key.name)) {
      problems.push(
        `A virtual key "${key.name}" exists already and does not come from hub.yaml; rename one of the two.`,
      );
    } else if (row === undefined) {
      changes.push({ kind: 'key.create', key, sentence: `Create the virtual key ${key.name}.` });
    } else if (row.hash !== key.hash || row.revokedAt !== undefined) {
      const sentence = `Replace the secret of the virtual key ${key.name}; the old one ends.`;
      changes.push({ kind: 'key.remove', id: row.id, sentence });
      changes.push({ kind: 'key.create', key, sentence: `Create the virtual key ${key.name} with its new secret.` });
    } else {
      changes.push(...keyUpdate(row, key));
    }
  }
  for (const row of ours.values()) {
    changes.push({ kind: 'key.remove', id: row.id, sentence: `Remove the virtual key ${row.name}.` });
  }
  return { changes, problems };
}

function keyUpdate(row: VirtualKeyRow, key: NewDeclaredKey): readonly Change[] {
  const parts: string[] = [];
  if (JSON.stringify(row.allowedModels) !== JSON.stringify(key.allowedModels)) parts.push('allowed models');
  if (row.refusesLosses !== key.refusesLosses) {
    parts.push(key.refusesLosses ? 'refuses losses' : 'accepts losses');
  }
  if (row.expiresAt !== key.expiresAt) parts.push('expiry');
  if (row.enabled !== key.enabled) parts.push(key.enabled ? 'switched on' : 'switched off');
  if (parts.length === 0) return [];
  const { allowedModels, refusesLosses, expiresAt, enabled } = key;
  const change = { allowedModels, refusesLosses, expiresAt, enabled };
  return [
    { kind: 'key.update', id: row.id, change, sentence: `Change the virtual key ${key.name}: ${parts.join(', ')}.` },
  ];
}
