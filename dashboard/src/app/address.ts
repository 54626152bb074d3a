import { useNavigate, useSearch } from '@tanstack/react-router';

/** What the address says of the page by name, and the way to change some of it. */
export function useAddress(): {
  readonly said: Readonly<Record<string, string | undefined>>;
  /** Changes what is given; `undefined` takes it out. A step that nobody goes back to is `replaced`. */
  readonly say: (changes: Readonly<Record<string, string | undefined>>, step?: 'added' | 'replaced') => void;
} {
  const said: Readonly<Record<string, string | undefined>> = useSearch({ strict: false });
  const navigate = useNavigate();
  return {
    said,
    say: (changes, step = 'added') =>
      void navigate({
        to: '.',
        search: (before: object) => ({ ...before, ...changes }),
        replace: step === 'replaced',
        resetScroll: false,
      }),
  };
}
