type ChoiceTabsProps<Name extends string> = {
  readonly label: string;
  readonly tabs: readonly { readonly name: Name; readonly title: string }[];
  readonly open: Name;
  readonly onOpen: (name: Name) => void;
};

/** A row of views of which one is open; arrows move between them. */
export function ChoiceTabs<Name extends string>({ label, tabs, open, onOpen }: ChoiceTabsProps<Name>) {
  const move = (step: number): void => {
    const at = tabs.findIndex(({ name }) => name === open);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next !== undefined) onOpen(next.name);
  };
  return (
    <div role="tablist" aria-label={label} className="mb-3 flex gap-1 overflow-x-auto">
      {tabs.map(({ name, title }) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === open}
          tabIndex={name === open ? 0 : -1}
          onClick={() => onOpen(name)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowRight') move(1);
            if (event.key === 'ArrowLeft') move(-1);
          }}
          className={`h-8 rounded-lg px-2.5 text-[13px] whitespace-nowrap ${name === open ? 'bg-accent-ground font-medium text-accent' : 'text-dim hover:bg-ground'}`}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
