import { type Html, html } from '../kernel/html.ts';
import type { PageWords } from './words.ts';

/** A labelled field of a form. */
export type Field = {
  readonly name: string;
  readonly label: string;
  readonly type: 'email' | 'password' | 'text';
  readonly autocomplete: string;
  readonly hint?: string | undefined;
};

export function field({ name, label, type, autocomplete, hint }: Field): Html {
  const described = hint === undefined ? undefined : html` aria-describedby="${name}-hint"`;
  return html`<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required maxlength="254"${described}>
${hint === undefined ? undefined : html`<p class="hint" id="${name}-hint">${hint}</p>`}
</div>`;
}

/**
 * A form that the script sends to the control API as JSON.
 * `then` is what is shown of the page afterwards: the part of that name, or the address that begins with a slash.
 */
export function apiForm(form: {
  readonly id: string;
  readonly method?: 'POST' | 'PATCH';
  readonly action: string;
  readonly then: string;
  readonly fields: readonly Html[];
  readonly submit: string;
  /** Whether the secret behind the `#` of the page's address goes along. */
  readonly takesToken?: boolean;
  readonly isDanger?: boolean;
}): Html {
  return html`<form id="${form.id}" data-api="${form.action}" data-method="${form.method ?? 'POST'}" data-then="${form.then}"${form.takesToken === true ? html` data-token` : undefined} novalidate>
<p class="notice error" role="alert" hidden></p>
${form.fields}
<button type="submit"${form.isDanger === true ? html` class="danger"` : undefined}>${form.submit}</button>
</form>`;
}

/** A part of the page that is shown once something is done. */
export function done(id: string, body: Html): Html {
  return html`<div id="${id}" class="notice ok" role="status" tabindex="-1" hidden>${body}</div>`;
}

export const emailFieldOf = (words: PageWords): Html =>
  field({ name: 'email', label: words.email, type: 'email', autocomplete: 'username' });

export const nameFieldOf = (words: PageWords): Html =>
  field({ name: 'name', label: words.name, type: 'text', autocomplete: 'name' });

export const newPasswordFieldOf = (words: PageWords): Html =>
  field({
    name: 'password',
    label: words.newPassword,
    type: 'password',
    autocomplete: 'new-password',
    hint: words.passwordHint,
  });
