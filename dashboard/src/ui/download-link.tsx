import { Icon } from './icon.tsx';

type DownloadLinkProps = {
  readonly href: string;
  /** What the words leave out. */
  readonly label?: string;
  readonly children: string;
};

/** Saves what is at an address as a file. */
export function DownloadLink({ href, label, children }: DownloadLinkProps) {
  return (
    <a
      className="inline-flex h-9 items-center gap-2 rounded-lg border border-line bg-raised px-3.5 text-sm font-medium hover:border-edge"
      href={href}
      aria-label={label}
      download
    >
      <Icon name="download" />
      {children}
    </a>
  );
}
