import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { usePlace } from './session.tsx';

type KeyLinkProps = {
  readonly id: string;
  /** What it is called where its text alone does not say which key it leads to. */
  readonly label?: string;
  readonly children: ReactNode;
};

/** A virtual key by its name, which leads to its page. */
export function KeyLink({ id, label, children }: KeyLinkProps) {
  const { organizationId } = usePlace();
  return (
    <Link
      to="/$organizationId/keys/$keyId"
      params={{ organizationId, keyId: id }}
      aria-label={label}
      // The line stays as high as it is; what can be hit is higher.
      className="py-1 text-accent hover:underline"
      // In a table whose rows open by a click, this opens the key.
      onClick={(event) => event.stopPropagation()}
    >
      {children}
    </Link>
  );
}
