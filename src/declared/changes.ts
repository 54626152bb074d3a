import type { DeclaredLimit } from './limit-schema.ts';
import type { ConnectionChange, KeyChange, NewDeclaredKey } from './ports.ts';
import type { DeclaredRoute } from './route-schema.ts';
import type {
  DeclaredAlias,
  DeclaredConnection,
  DeclaredCredential,
  DeclaredIdentity,
  DeclaredPrice,
} from './schema.ts';

/** One step from what the store holds to what is declared. `sentence` says it to a person and holds no secret. */
export type Change = { readonly sentence: string } & (
  | { readonly kind: 'connection.create'; readonly connection: DeclaredConnection; readonly baseUrl: string }
  | { readonly kind: 'connection.update'; readonly id: string; readonly change: ConnectionChange }
  | { readonly kind: 'connection.remove'; readonly id: string }
  | {
      readonly kind: 'credential.add';
      readonly connectionId: string;
      readonly source: 'file' | 'env';
      readonly credential: DeclaredCredential;
    }
  | { readonly kind: 'credential.replace'; readonly id: string; readonly credential: DeclaredCredential }
  | { readonly kind: 'credential.weight'; readonly id: string; readonly weight: number }
  | { readonly kind: 'credential.remove'; readonly id: string }
  | { readonly kind: 'model.add'; readonly connectionId: string; readonly upstreamModel: string }
  | { readonly kind: 'model.remove'; readonly id: string }
  | { readonly kind: 'alias.create'; readonly alias: DeclaredAlias }
  | { readonly kind: 'alias.remove'; readonly id: string }
  | { readonly kind: 'identity.create'; readonly identity: DeclaredIdentity }
  | { readonly kind: 'identity.remove'; readonly id: string }
  | { readonly kind: 'price.set'; readonly price: DeclaredPrice }
  | { readonly kind: 'price.clear'; readonly model: Pick<DeclaredPrice, 'providerId' | 'model'> }
  | { readonly kind: 'key.create'; readonly key: NewDeclaredKey }
  | { readonly kind: 'key.update'; readonly id: string; readonly change: KeyChange }
  | { readonly kind: 'key.remove'; readonly id: string }
  | { readonly kind: 'route.create'; readonly route: DeclaredRoute }
  | { readonly kind: 'route.update'; readonly id: string; readonly route: DeclaredRoute }
  | { readonly kind: 'route.remove'; readonly id: string }
  | { readonly kind: 'limit.create'; readonly limit: DeclaredLimit }
  | { readonly kind: 'limit.update'; readonly id: string; readonly limit: DeclaredLimit }
  | { readonly kind: 'limit.remove'; readonly id: string }
);

/** The changes in the order in which they are to be applied, and sentences for what cannot be done. */
export type Plan = { readonly changes: readonly Change[]; readonly problems: readonly PlanProblem[] };

/** Why something declared cannot be applied; `path` is its place in hub.yaml, where that is known. */
export type PlanProblem = { readonly message: string; readonly path?: readonly PropertyKey[] };

/** Of one kind of things, whose places are not known. */
export type ReconcileResult = { readonly changes: readonly Change[]; readonly problems: readonly string[] };
