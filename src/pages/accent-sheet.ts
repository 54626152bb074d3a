import { type AccentShade, accentShades } from '../kernel/accent.ts';
import { type Html, html } from '../kernel/html.ts';

const PATH = /^\/account\/assets\/accent\/([0-9a-f]{6})\.css$/;

/** The stylesheet that a path names by its colour, for every page of the hub; `undefined` for another path. */
export function accentSheetAt(path: string): string | undefined {
  const colour = PATH.exec(path)?.[1];
  if (colour === undefined) return undefined;
  const { light, dark } = accentShades(`#${colour}`);
  // More exact than the palettes, whichever comes first. The dashboard names its theme; other pages follow the system.
  return `:root:root ${ruleOf(light)}
@media (prefers-color-scheme: dark) { :root:root:not([data-theme="light"]) ${ruleOf(dark)} }
:root:root[data-theme="dark"] ${ruleOf(dark)}
`;
}

function ruleOf({ accent, onAccent, ground }: AccentShade): string {
  return `{ --accent: ${accent}; --on-accent: ${onAccent}; --accent-ground: ${ground}; }`;
}

/** The link to the stylesheet of a colour; nothing where none was chosen. */
export function accentLink({ accent }: { readonly accent: string | undefined }, base: string): Html | undefined {
  if (accent === undefined) return undefined;
  return html`<link rel="stylesheet" href="${base}/account/assets/accent/${accent.slice(1)}.css">`;
}
