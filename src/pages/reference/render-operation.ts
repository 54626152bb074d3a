import { type Html, html } from '../../kernel/html.ts';
import { ADDRESS_PLACEHOLDER, curlOf } from './curl.ts';
import type { ApiReference, Content, Operation, Parameter, Response } from './document.ts';
import { prose, titleOf } from './prose.ts';
import { fieldRows, shapeBody, typeText } from './render-shape.ts';
import { sampleOf } from './sample.ts';
import type { ReferenceWords } from './words.ts';

const PLACES = ['path', 'query', 'header', 'cookie'] as const;

/** One operation: what it is and takes and answers on one side, a call of it on the other. */
export function renderOperation(operation: Operation, reference: ApiReference, words: ReferenceWords): Html {
  const { id, summary, description, moreUrl } = operation;
  return html`<article class="operation" id="${id}" aria-labelledby="${id}-title">
<div class="about">
<h3 id="${id}-title">${titleOf(summary)} <a class="anchor" href="#${id}" aria-label="${words.linkTo} ${id}">#</a></h3>
<p class="call">${methodBadge(operation.method)} <code>${pathText(operation.path)}</code> <code class="operation-id">${id}</code></p>
${prose(description)}${moreUrl === undefined ? undefined : html`<p><a href="${moreUrl}" rel="noopener noreferrer">${words.moreAbout}</a></p>`}
${credentials(operation, words)}
${PLACES.map((place) => parameters(operation.parameters, place, words))}
${requestBody(operation, reference, words)}
${responses(operation.responses, words)}
</div>
<div class="samples">${requestSample(operation, reference, words)}${responseSample(operation, reference, words)}</div>
</article>
`;
}

export function methodBadge(method: string): Html {
  return html`<span class="method ${method.toLowerCase()}">${method}</span>`;
}

/** A path may break after each slash. */
export function pathText(path: string): readonly Html[] {
  return path.split('/').map((part, index) => (index === 0 ? html`${part}` : html`/<wbr>${part}`));
}

function credentials({ security }: Operation, words: ReferenceWords): Html {
  const ways = security.map((schemes, index) => {
    const names = schemes.map(
      (name, place) => html`${place === 0 ? '' : ' + '}<a href="#security-${name}"><code>${name}</code></a>`,
    );
    return html`${index === 0 ? '' : ` ${words.or} `}${names}`;
  });
  return html`<p class="credentials"><b>${words.credentials}</b> ${ways.length === 0 ? html`${words.anybody}` : ways}</p>`;
}

function parameters(
  all: readonly Parameter[],
  place: (typeof PLACES)[number],
  words: ReferenceWords,
): Html | undefined {
  const rows = fieldRows(
    all.filter((parameter) => parameter.place === place),
    words,
  );
  return rows === undefined ? undefined : html`<h4>${words[place]}</h4>${rows}`;
}

/** A body is what a reader came for: a named schema is shown in its place, its parts folded. */
function requestBody({ body }: Operation, { schemas }: ApiReference, words: ReferenceWords): Html | undefined {
  if (body === undefined) return undefined;
  const mark = body.isRequired
    ? html`<span class="required">${words.required}</span>`
    : html`<span class="dim">${words.optional}</span>`;
  const contents = body.contents.map(({ mediaType, shape }) => {
    const shown = shape?.reference === undefined ? shape : (schemas.get(shape.reference) ?? shape);
    return html`<p class="media"><code>${mediaType}</code> ${shape?.reference === undefined ? undefined : html`<span class="type">${typeText(shape)}</span>`}</p>${shown === undefined ? undefined : html`${prose(shown.description)}${shapeBody(shown, words)}`}`;
  });
  return html`<h4>${words.requestBody} ${mark}</h4>${prose(body.description)}${contents}`;
}

function responses(all: readonly Response[], words: ReferenceWords): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<h4>${words.responses}</h4>${all.map((response) => oneResponse(response, words))}`;
}

function oneResponse({ statuses, description, headers, contents }: Response, words: ReferenceWords): Html {
  const isGood = statuses.every((status) => /^[123]/.test(status));
  const marks = statuses.map((status) => html`<span class="status ${isGood ? 'good' : 'bad'}">${status}</span> `);
  const rows = fieldRows(headers, words);
  const about = html`${marks}<span class="what">${titleOf(description)}</span>`;
  if (contents.length === 0 && rows === undefined) {
    return html`<p class="response plain">${about} <span class="dim">${words.noContent}</span></p>`;
  }
  return html`<details class="response"><summary>${about}</summary>
${contents.map((content) => responseContent(content, words))}
${rows === undefined ? undefined : html`<h5>${words.responseHeaders}</h5>${rows}`}</details>`;
}

function responseContent({ mediaType, shape }: Content, words: ReferenceWords): Html {
  const type = shape === undefined ? undefined : html`<span class="type">${typeText(shape)}</span>`;
  return html`<p class="media"><code>${mediaType}</code> ${type}</p>${shape === undefined ? undefined : html`${prose(shape.description)}${shapeBody(shape, words)}`}`;
}

function requestSample(operation: Operation, reference: ApiReference, words: ReferenceWords): Html {
  const command = curlOf(operation, reference);
  const at = command.indexOf(ADDRESS_PLACEHOLDER);
  const code = html`${command.slice(0, at)}<span data-address>${ADDRESS_PLACEHOLDER}</span>${command.slice(at + ADDRESS_PLACEHOLDER.length)}`;
  return sample(code, { title: words.request, copyLabel: words.copyRequest, words });
}

function responseSample(operation: Operation, reference: ApiReference, words: ReferenceWords): Html | undefined {
  const good = operation.responses.find(({ statuses }) => statuses.some((status) => status.startsWith('2')));
  const content = good?.contents.find(({ mediaType }) => mediaType === 'application/json');
  if (content?.shape === undefined) return undefined;
  const value = content.example ?? sampleOf(content.shape, { schemas: reference.schemas, of: 'response' });
  const code = html`${JSON.stringify(value, null, 2)}`;
  return code.text === '{}' ? undefined : sample(code, { title: words.response, copyLabel: words.copyResponse, words });
}

function sample(
  code: Html,
  { title, copyLabel, words }: { readonly title: string; readonly copyLabel: string; readonly words: ReferenceWords },
): Html {
  return html`<figure class="sample"><figcaption>${title}<button type="button" data-copy="${words.copied}" aria-label="${copyLabel}">${words.copy}</button></figcaption><pre tabindex="0" role="group" aria-label="${title}"><code>${code}</code></pre></figure>`;
}
