import type { ReactNode } from 'react';

type PurchaseLinkProps = { readonly url: string; readonly className: string; readonly children: ReactNode };

/** The way to more credit: to a page of this hub in the same window, to another site in one of its own. */
export function PurchaseLink({ url, className, children }: PurchaseLinkProps) {
  const elsewhere = isElsewhere(url) && { rel: 'noreferrer', target: '_blank' };
  return (
    <a href={url} className={className} {...elsewhere}>
      {children}
    </a>
  );
}

export function isElsewhere(url: string): boolean {
  return new URL(url, location.href).origin !== location.origin;
}
