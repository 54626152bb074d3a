import { type Html, html } from '../../kernel/html.ts';
import type { JsonValue } from '../../kernel/json.ts';
import type { Field, Limit, Shape } from './document.ts';
import { inline } from './prose.ts';
import type { ReferenceWords } from './words.ts';

/** What a shape is, in a few characters: `string`, `Connection[]`, `string | null`. */
export function typeText(shape: Shape): readonly Html[] {
  if (shape.reference !== undefined) {
    return [html`<a href="#schema-${shape.reference}">${shape.reference}</a>`];
  }
  if (shape.variants.length > 0) {
    return shape.variants.flatMap((variant, index) => [...(index === 0 ? [] : [html` | `]), ...typeText(variant)]);
  }
  if (shape.items !== undefined) {
    const isUnion = shape.items.variants.length > 0;
    return [...(isUnion ? [html`(`] : []), ...typeText(shape.items), html`${isUnion ? ')[]' : '[]'}`];
  }
  return [html`${shape.type}`];
}

/** What a shape holds, without a fold around its own fields. */
export function shapeBody(shape: Shape, words: ReferenceWords): Html {
  const list = fieldList(shape, words);
  const about = facts(shape, words);
  if (list !== undefined) return html`${about}${list}`;
  const folds = nested(shape, words);
  if (folds.length === 0 && shape.type === 'object') return html`<p class="dim">${words.anyFields}</p>${about}`;
  return html`${about}${folds}`;
}

/** Named values with their types, limits and descriptions: the fields of an object, parameters, headers. */
export function fieldRows(fields: readonly Field[], words: ReferenceWords): Html | undefined {
  if (fields.length === 0) return undefined;
  return html`<ul class="fields">${fields.map((field) => fieldRow(html`${field.name}`, field, words))}</ul>`;
}

function fieldRow(name: Html, { isRequired, shape }: Omit<Field, 'name'>, words: ReferenceWords): Html {
  const mark = isRequired ? html` <span class="required">${words.required}</span>` : undefined;
  const about = shape.description === '' ? undefined : html`<p>${inline(shape.description)}</p>`;
  return html`<li><div class="field-head"><code class="field-name">${name}</code> <span class="type">${typeText(shape)}</span>${mark}</div>${about}${facts(shape, words)}${nested(shape, words)}</li>`;
}

function fieldList({ fields, others }: Shape, words: ReferenceWords): Html | undefined {
  if (fields.length === 0 && others === undefined) return undefined;
  const rest =
    others === undefined
      ? undefined
      : fieldRow(html`<i>${words.anyName}</i>`, { isRequired: false, shape: others }, words);
  return html`<ul class="fields">${fields.map((field) => fieldRow(html`${field.name}`, field, words))}${rest}</ul>`;
}

/** What lies in a shape, folded. A named schema's own place is linked; the script shows it here, too. */
function nested(shape: Shape, words: ReferenceWords): readonly Html[] {
  if (shape.reference !== undefined) {
    return [
      html`<details data-schema="${shape.reference}"><summary>${shape.reference}</summary><p><a href="#schema-${shape.reference}">${shape.reference}</a></p></details>`,
    ];
  }
  if (shape.items !== undefined) return nestedWithFacts(shape.items, words);
  if (shape.variants.length > 0) return shape.variants.flatMap((variant) => nestedWithFacts(variant, words));
  const list = fieldList(shape, words);
  if (list === undefined) return [];
  const count = shape.fields.length === 0 ? undefined : html` <span class="count">${shape.fields.length}</span>`;
  return [html`<details><summary>${words.showFields}${count}</summary>${list}</details>`];
}

/** Parts without a row of their own: their limits would be shown nowhere else. */
function nestedWithFacts(shape: Shape, words: ReferenceWords): readonly Html[] {
  const about = facts(shape, words);
  const below = nested(shape, words);
  if (about === undefined || shape.reference !== undefined) return below;
  const label = html`<span class="type">${typeText(shape)}</span> `;
  return [html`<div class="part">${label}${about}</div>`, ...below];
}

/** The values that it may have, and its limits. */
function facts({ choices, limits }: Shape, words: ReferenceWords): Html | undefined {
  const values = choices.map((choice) => html`<code>${valueText(choice)}</code> `);
  const chips = limits.map((limit) => html`<span class="limit">${limitText(limit, words)}</span> `);
  if (values.length + chips.length === 0) return undefined;
  const choice = values.length === 0 ? undefined : html`<span class="choices">${words.oneOf} ${values}</span>`;
  return html`<div class="facts">${choice}${chips}</div>`;
}

function limitText(limit: Limit, words: ReferenceWords): Html {
  switch (limit.kind) {
    case 'length':
      return html`${rangeText(limit, words)} ${words.characters}`;
    case 'items':
      return html`${rangeText(limit, words)} ${words.entries}`;
    case 'range':
      return html`${rangeText(limit, words)}`;
    case 'above':
      return html`${words.moreThan} ${limit.value}`;
    case 'below':
      return html`${words.lessThan} ${limit.value}`;
    case 'format':
    case 'pattern':
    case 'default':
      return html`${words[limit.kind]} <code>${limit.text}</code>`;
  }
}

function rangeText(
  { min, max }: { readonly min: number | undefined; readonly max: number | undefined },
  words: ReferenceWords,
): string {
  if (min === undefined) return `${words.atMost} ${max}`;
  if (max === undefined) return `${words.atLeast} ${min}`;
  return min === max ? String(min) : `${min}–${max}`;
}

function valueText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
