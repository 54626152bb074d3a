import { useEffect, useState } from 'react';

const PAUSE_MS = 300;

type SearchFieldProps = {
  readonly label: string;
  readonly value: string;
  readonly onSearch: (text: string | undefined) => void;
};

/** Searches once the typing pauses. */
export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onSearch(typed.trim() === '' ? undefined : typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      className="h-9 w-full rounded-lg border border-edge bg-raised px-3 text-sm placeholder:text-dim sm:w-72"
    />
  );
}
