import { type Html, html } from '../../kernel/html.ts';
import type { ApiReference, Operation, Tag } from './document.ts';
import { titleOf } from './prose.ts';
import { methodBadge, pathText } from './render-operation.ts';
import type { ReferenceWords } from './words.ts';

/** The list of operations by tag, with the box that filters it. */
export function renderNavigation({ tags, schemas }: ApiReference, words: ReferenceWords): Html {
  return html`<nav class="contents" id="contents" aria-label="${words.contents}">
<div class="filter"><label class="hidden-label" for="filter">${words.filter}</label>
<input id="filter" type="search" placeholder="${words.filter}" autocomplete="off" spellcheck="false" aria-describedby="filter-hint" aria-controls="contents">
<p class="dim" id="filter-hint">${words.filterHint}</p>
<p class="dim" id="filter-result" role="status" data-found="${words.found}" data-nothing="${words.nothingFound}" hidden></p></div>
<p class="contents-top"><a href="#overview">${words.overview}</a> <a href="#authentication">${words.authentication}</a></p>
${tags.map((tag, index) => tagGroup(tag, index === 0))}
<details class="group"><summary>${words.schemas} <span class="count">${schemas.size}</span></summary>
<ul>${[...schemas.keys()].map((name) => html`<li><a href="#schema-${name}" data-words="${name.toLowerCase()}"><code>${name}</code></a></li>`)}</ul></details>
</nav>`;
}

function tagGroup({ name, operations }: Tag, isOpen: boolean): Html {
  return html`<details class="group"${isOpen ? html` open` : undefined}><summary><span class="tag-name">${name}</span> <span class="count">${operations.length}</span></summary>
<ul>${operations.map(operationLink)}</ul></details>`;
}

function operationLink({ id, method, path, summary }: Operation): Html {
  const words = [method, path, summary, id].join(' ').toLowerCase();
  return html`<li><a href="#${id}" data-words="${words}"><span class="link-title">${titleOf(summary)}</span><span class="link-call">${methodBadge(method)} <code>${pathText(path.replace(/^\/control\/v1(?=\/)/, ''))}</code></span></a></li>`;
}
