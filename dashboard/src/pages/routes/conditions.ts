import type { Route } from '../../api/types.ts';

type When = Route['rules'][number]['when'];

export const KINDS = [
  'tags',
  'headers',
  'key_ids',
  'team_ids',
  'project_ids',
  'organization_ids',
  'input_tokens_min',
  'input_tokens_max',
  'tools',
  'images',
] as const satisfies readonly (keyof When)[];
export type Kind = (typeof KINDS)[number];

/** One condition as it is written in a form. */
export type Condition = { readonly kind: Kind; readonly name: string; readonly values: string };

/** The one condition of a rule; `undefined` where it has several, or one that a form cannot show. */
export function conditionOf(when: When): Condition | undefined {
  const [kind, ...others] = KINDS.filter((each) => when[each] !== undefined);
  if (kind === undefined || others.length > 0) return undefined;
  const value = when[kind];
  if (value === false) return undefined;
  if (Array.isArray(value)) return { kind, name: '', values: value.join(', ') };
  if (typeof value !== 'object') return { kind, name: '', values: String(value) };
  const [named, ...more] = Object.entries(value);
  if (named === undefined || more.length > 0) return undefined;
  return { kind, name: named[0], values: named[1].join(', ') };
}

export function whenOf({ kind, name, values }: Condition): When {
  const list = values
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  switch (kind) {
    case 'tags':
    case 'headers':
      return { [kind]: { [name.trim()]: list } };
    case 'tools':
    case 'images':
      return { [kind]: true };
    case 'input_tokens_min':
    case 'input_tokens_max':
      return { [kind]: Number(values) };
    case 'key_ids':
    case 'team_ids':
    case 'project_ids':
    case 'organization_ids':
      return { [kind]: list };
  }
}
