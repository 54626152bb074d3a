import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestBrowser } from '../support/browser.ts';

/** A picture of a page: the file's name in the folder, how wide the window was, and what was spoken. */
export type Shot = { readonly file: string; readonly width: number; readonly language: string };

const WIDE = 760;
const NARROW = 210;
const TALL_MAX = 900;
const SHEET_WIDTH = 2040;

const STYLE = `body{margin:12px;background:#777;font:13px sans-serif;color:#fff}
div{display:flex;flex-wrap:wrap;gap:8px;align-items:flex-start}
figure{margin:0 0 8px}img{display:block;object-fit:cover;object-position:top;max-height:${TALL_MAX}px}`;

/** Joins pictures into one, so that a page is seen in all its looks at a glance; the browser itself puts it together. */
export async function joinPictures(
  browser: TestBrowser,
  { folder, name, shots }: { readonly folder: string; readonly name: string; readonly shots: readonly Shot[] },
): Promise<void> {
  const figure = ({ file, width }: Shot): string =>
    `<figure><img src="${encodeURI(file)}" alt="${file}" width="${width > 1000 ? WIDE : NARROW}"></figure>`;
  const rows = [...Map.groupBy(shots, ({ language }) => language).values()];
  const body = rows.map((row) => `<div>${row.map(figure).join('')}</div>`).join('');
  const path = join(folder, `sheet-${name}.html`);
  writeFileSync(path, `<!doctype html><style>${STYLE}</style>${body}`);
  const { page, context } = await browser.person({ viewport: { width: SHEET_WIDTH, height: 900 } });
  await page.goto(pathToFileURL(path).href);
  await page.screenshot({ path: join(folder, `sheet-${name}.png`), fullPage: true });
  await context.close();
}
