import type { ChangeEvent } from 'react';

type FileButtonProps = {
  readonly word: string;
  /** What is read aloud. */
  readonly label: string;
  readonly types: readonly string[];
  readonly describedBy?: string;
  readonly onFile: (file: File) => void;
};

/** Chooses a file of this machine. */
export function FileButton({ word, label, types, describedBy, onFile }: FileButtonProps) {
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const file = target.files?.[0];
    if (file !== undefined) onFile(file);
    // The same file may be chosen again once it is changed.
    target.value = '';
  };
  return (
    <label className="relative inline-flex h-9 cursor-pointer items-center rounded-lg border border-line bg-raised px-3.5 text-sm font-medium focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent hover:border-edge">
      {word}
      <input
        type="file"
        aria-label={label}
        accept={types.join(',')}
        aria-describedby={describedBy}
        onChange={choose}
        className="sr-only"
      />
    </label>
  );
}
