import { useNavigate, useSearch } from '@tanstack/react-router';

/** What stands in the address after the page's name, and a way to change some of it: whoever gets the address sees the same. */
export function useAddress() {
  const search: Readonly<Record<string, string | undefined>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (changes: Readonly<Record<string, string | undefined>>): void => {
    const all = { ...search, ...changes };
    const kept = Object.entries(all).filter(([, value]) => value !== undefined && value !== '');
    void navigate({ to: '.', search: Object.fromEntries(kept), replace: true });
  };
  return { search, change };
}
