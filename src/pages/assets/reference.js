/**
 * The script of the API reference: puts the hub's address into commands, copies them, filters the list of operations, and
 * shows named schemas where they are used. The page can be read without it.
 */
const root = document.documentElement;
const contents = document.getElementById('contents');
const menu = document.querySelector('.menu');
const filter = document.getElementById('filter');
const groups = [...contents.querySelectorAll('.group')];
const links = [...contents.querySelectorAll('.group a')];

root.dataset.script = '';
const address = location.origin + (root.dataset.base ?? '');
for (const place of document.querySelectorAll('[data-address]')) place.textContent = address;
for (const link of document.querySelectorAll('a[data-language]')) {
  // The same operation in the other language.
  link.addEventListener('click', () => {
    link.hash = location.hash;
  });
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button === null) return;
  const code = button.closest('.sample').querySelector('code');
  write(code).then((isCopied) => (isCopied ? confirmCopy(button) : undefined), reportError);
});

function confirmCopy(button) {
  const label = button.textContent;
  if (label === button.dataset.copy) return;
  button.textContent = button.dataset.copy;
  setTimeout(() => {
    button.textContent = label;
  }, 2000);
}

/** Browsers keep their clipboard from pages over plain HTTP; there the text is selected, and copied in the older way. */
async function write(code) {
  if (navigator.clipboard !== undefined) {
    const written = await navigator.clipboard.writeText(code.textContent).then(
      () => true,
      () => false,
    );
    if (written) return true;
  }
  getSelection().selectAllChildren(code);
  return document.execCommand('copy');
}

/** A named schema is shown in its place once somebody opens it: its own places open likewise, however deep. */
document.addEventListener(
  'toggle',
  ({ target }) => {
    if (!target.open || target.dataset.schema === undefined) return;
    const body = document.getElementById(`schema-${target.dataset.schema}`)?.querySelector('.schema-body');
    if (body === null || body === undefined) return;
    const copied = body.cloneNode(true);
    copied.className = '';
    target.querySelector('p')?.remove();
    target.append(copied);
    delete target.dataset.schema;
  },
  true,
);

const wereOpen = new Map();
filter.addEventListener('input', applyFilter);

function applyFilter() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const isFiltered = words.length > 0;
  for (const link of links) {
    link.parentElement.hidden = !words.every((word) => link.dataset.words.includes(word));
  }
  for (const group of groups) {
    if (isFiltered && !wereOpen.has(group)) wereOpen.set(group, group.open);
    const isFound = group.querySelector('li:not([hidden])') !== null;
    group.hidden = !isFound;
    group.open = isFiltered ? isFound : (wereOpen.get(group) ?? group.open);
  }
  if (!isFiltered) wereOpen.clear();
  const result = document.getElementById('filter-result');
  const found = shownLinks().length;
  result.textContent = found === 0 ? result.dataset.nothing : `${result.dataset.found} ${found}`;
  result.hidden = !isFiltered;
  document.getElementById('filter-hint').hidden = isFiltered;
}

function shownLinks() {
  return links.filter((link) => link.offsetParent !== null);
}

document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input, textarea, select') !== null;
  if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    openMenu(true);
    filter.select();
    filter.focus();
  }
  if (event.key === 'Escape') leave(event);
  if (event.key === 'Enter' && event.target === filter) shownLinks()[0]?.click();
  if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && contents.contains(event.target)) step(event);
});

/** Escape empties the filter first, and then closes the list where it lies over the page. */
function leave(event) {
  if (event.target === filter && filter.value !== '') {
    event.preventDefault();
    filter.value = '';
    applyFilter();
  } else if (menu.getAttribute('aria-expanded') === 'true') {
    openMenu(false);
    menu.focus();
  }
}

/** The arrows go through what the list shows. */
function step(event) {
  const places = [filter, ...contents.querySelectorAll('.contents-top a, .group > summary, .group[open] li a')].filter(
    (place) => place.offsetParent !== null,
  );
  const at = places.indexOf(event.target);
  const next = places[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (at === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

menu.addEventListener('click', () => openMenu(menu.getAttribute('aria-expanded') !== 'true'));
contents.addEventListener('click', (event) => {
  if (event.target.closest('a') !== null) openMenu(false);
});

function openMenu(isOpen) {
  menu.setAttribute('aria-expanded', String(isOpen));
  contents.classList.toggle('open', isOpen);
}

/** Marks in the list what is being read, and opens the group that it is in. */
function mark(id) {
  const link = links.find(({ hash }) => hash === `#${id}`);
  if (link === undefined || link.ariaCurrent === 'true') return;
  for (const other of links) other.removeAttribute('aria-current');
  link.setAttribute('aria-current', 'true');
  if (filter.value !== '') return;
  link.closest('details').open = true;
  // Where the list lies over the page it is not seen, and scrolling it would scroll the page.
  if (getComputedStyle(contents).position !== 'sticky') return;
  const { top, bottom } = link.getBoundingClientRect();
  const frame = contents.getBoundingClientRect();
  if (top < frame.top + 120 || bottom > frame.bottom) contents.scrollTop += top - frame.top - frame.height / 2;
}

const watcher = new IntersectionObserver(
  (entries) => {
    const entry = entries.find(({ isIntersecting }) => isIntersecting);
    if (entry !== undefined) mark(entry.target.id);
  },
  { rootMargin: '-80px 0px -75% 0px' },
);
for (const article of document.querySelectorAll('main article[id]')) watcher.observe(article);
addEventListener('hashchange', () => mark(location.hash.slice(1)));
mark(location.hash.slice(1));
