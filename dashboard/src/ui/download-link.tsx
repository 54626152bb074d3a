import { Icon } from './icon.tsx';

/** Saves what is at an address as a file. */
export function DownloadLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <a
      className="inline-flex h-9 items-center gap-2 rounded-lg border border-line bg-raised px-3.5 text-sm font-medium hover:border-edge"
      href={href}
      download
    >
      <Icon name="download" />
      {children}
    </a>
  );
}
