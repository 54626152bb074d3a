import { useState } from 'react';
import { useWords } from '../words/index.ts';
import { TextField } from './field.tsx';

const WHOLE = /^#[0-9a-f]{6}$/i;
const SOME = '#1d4ed8';

type ColourFieldProps = {
  readonly label: string;
  readonly name: string;
  readonly initially: string | undefined;
  /** What the hub made of the colour for each theme. */
  readonly shades: { readonly light: string; readonly dark: string } | undefined;
  readonly problem: string | undefined;
};

/** A colour by its number or by a look at it, and what each theme shows of it. */
export function ColourField({ label, name, initially, shades, problem }: ColourFieldProps) {
  const { t } = useWords();
  const [typed, setTyped] = useState(initially ?? '');
  const isKept = typed.toLowerCase() === (initially ?? '');
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <TextField
            label={label}
            name={name}
            isOptional
            value={typed}
            maxLength={7}
            pattern={WHOLE.source.replace('a-f', 'a-fA-F')}
            placeholder={SOME}
            hint={t('app.colourHint')}
            problem={problem}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <input
          type="color"
          aria-label={t('app.colourPick', { label })}
          value={WHOLE.test(typed) ? typed.toLowerCase() : SOME}
          onChange={(event) => setTyped(event.target.value)}
          className="mt-6.5 h-9 w-12 cursor-pointer rounded-lg border border-edge bg-raised p-1"
        />
      </div>
      {isKept && shades !== undefined && (
        <p className="flex flex-wrap gap-x-4 gap-y-1 text-[13px] text-dim">
          <Shade word={t('app.colourLight')} colour={shades.light} />
          <Shade word={t('app.colourDark')} colour={shades.dark} />
        </p>
      )}
    </div>
  );
}

function Shade({ word, colour }: { readonly word: string; readonly colour: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        ref={(element) => element?.style.setProperty('background-color', colour)}
        className="size-4 rounded border border-line"
      />
      {word} <code>{colour}</code>
    </span>
  );
}
