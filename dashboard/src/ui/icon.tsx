/** Line drawings of 24 by 24, each one path. */
const PATHS = {
  start: 'M5 19l4-1 9.5-9.5a2.1 2.1 0 0 0-3-3L6 15l-1 4zM13.5 7.5l3 3',
  overview: 'M4 20V10M10 20V4M16 20v-7M21 20H3',
  usage: 'M4 5v15h16M8 15l3.5-4 3 2.5L20 7',
  requests: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  providers: 'M7 16.5a4.5 4.5 0 0 1 .6-9A5.5 5.5 0 0 1 18 9a3.8 3.8 0 0 1-.5 7.5H7z',
  routes:
    'M6 5a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM18 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM18 17a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM8 7c5 0 3-2 8-2M6 9v4a6 6 0 0 0 6 6h4',
  models: 'M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3zM4 7.5l8 4.5 8-4.5M12 12v9',
  keys: 'M14.5 3.5a6 6 0 1 1-5.2 9L3 18.8V21h3v-2h2v-2h2.2l1.6-1.6M16 8h.01',
  playground: 'M5 5h14v10H9l-4 4V5zM9 9h6M9 12h4',
  credit:
    'M12 4c4.4 0 8 1.3 8 3s-3.6 3-8 3-8-1.3-8-3 3.6-3 8-3zM4 7v5c0 1.7 3.6 3 8 3s8-1.3 8-3V7M4 12v5c0 1.7 3.6 3 8 3s8-1.3 8-3v-5',
  cache:
    'M4 6.5c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3Zm0 0v11c0 1.7 3.6 3 8 3s8-1.3 8-3v-11M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3',
  guardrails: 'M12 3l8 3v6c0 4.5-3.3 7.7-8 9-4.7-1.3-8-4.5-8-9V6l8-3zM8.5 12l2.5 2.5 4.5-5',
  limits: 'M4 18a9 9 0 1 1 16 0M12 18l4.5-6M7.5 18h9',
  prices: 'M3 3h8.5L21 12.5 12.5 21 3 11.5V3zM7.5 7.5h.01',
  selling:
    'M4 9l1.5-5h13L20 9M4 9h16M4 9v2a2.7 2.7 0 0 0 5.3 0 2.7 2.7 0 0 0 5.4 0 2.7 2.7 0 0 0 5.3 0V9M5.5 13.5V20h13v-6.5M9.5 20v-4h5v4',
  organization: 'M4 21V5l8-2v18M12 8h8v13M8 9h.01M8 13h.01M8 17h.01M16 12h.01M16 16h.01M2 21h20',
  audit: 'M12 3l7 3v5c0 5-3 8.5-7 10-4-1.5-7-5-7-10V6l7-3zM9 12l2 2 4-4',
  system: 'M4 5h16v6H4zM4 13h16v6H4zM7 8h.01M7 16h.01',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15L6 17zM10 21h4',
  menu: 'M4 6h16M4 12h16M4 18h16',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM20 20l-4-4',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5l4.5 4.5L19 7',
  plus: 'M12 5v14M5 12h14',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  up: 'M12 19V5M6 11l6-6 6 6',
  lower: 'M12 5v14M6 13l6 6 6-6',
  refresh: 'M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  warn: 'M12 4l9 16H3L12 4zM12 10v4M12 17h.01',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20a7.5 7.5 0 0 1 15 0',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5',
  moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  filter: 'M4 5h16l-6 7.5V19l-4-2v-4.5L4 5z',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  stop: 'M6 6h12v12H6z',
  send: 'M4 12l16-8-6 16-3-6-7-2z',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing that says nothing the text beside it does not say: readers of screens skip it. */
export function Icon({ name, className = 'size-4' }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`shrink-0 ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
