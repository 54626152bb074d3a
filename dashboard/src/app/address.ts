import { useNavigate, useSearch } from '@tanstack/react-router';

type Said = Readonly<Record<string, string | undefined>>;

/** What the address says of the page, and the way to say something else: what is `undefined` or empty goes. */
export function useAddress(): readonly [Said, (change: Said) => void] {
  // Every page's address is a record of texts.
  const said: Said = useSearch({ strict: false });
  const navigate = useNavigate();
  const say = (change: Said): void =>
    void navigate({ to: '.', search: (before: Said) => ({ ...before, ...change }), replace: true, resetScroll: false });
  return [said, say];
}
