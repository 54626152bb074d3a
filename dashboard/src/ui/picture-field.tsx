import { type ChangeEvent, useId, useState } from 'react';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';

type PictureFieldProps = {
  readonly label: string;
  /** The address of the picture that there is. */
  readonly shown: string | undefined;
  readonly types: readonly string[];
  readonly bytesMax: number;
  readonly hint: string;
  /** Said of a file that is no such picture. */
  readonly unfit: string;
  readonly problem: string | undefined;
  /** A `data:` URL of a picture that was chosen; `undefined`: none any more. */
  readonly onPicture: (picture: string | undefined) => void;
};

/** A picture from this machine. */
export function PictureField({ label, shown, types, bytesMax, hint, unfit, problem, onPicture }: PictureFieldProps) {
  const { t } = useWords();
  const id = useId();
  const [refusal, setRefusal] = useState<string>();
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const file = target.files?.[0];
    if (file === undefined) return;
    const isFit = types.includes(file.type) && file.size <= bytesMax;
    setRefusal(isFit ? undefined : unfit);
    if (!isFit) return;
    const reader = new FileReader();
    reader.onload = () => onPicture(typeof reader.result === 'string' ? reader.result : undefined);
    reader.onerror = () => setRefusal(t('system.brand.logoUnread'));
    reader.readAsDataURL(file);
  };
  const said = refusal ?? problem;
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-sm font-medium">
        {label}
        <span className="ml-1.5 font-normal text-dim">({t('app.optional')})</span>
      </p>
      <div className="flex flex-wrap items-center gap-3">
        {shown !== undefined && (
          <img src={shown} alt={label} className="h-12 max-w-40 rounded-lg border border-line object-contain p-1" />
        )}
        <label className="relative inline-flex h-9 cursor-pointer items-center rounded-lg border border-line bg-raised px-3.5 text-sm font-medium focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent hover:border-edge">
          {t('system.brand.choose')}
          <input
            type="file"
            aria-label={`${label}: ${t('system.brand.choose')}`}
            accept={types.join(',')}
            aria-describedby={`${id}-note`}
            onChange={choose}
            className="sr-only"
          />
        </label>
        {shown !== undefined && <Button onClick={() => onPicture(undefined)}>{t('system.brand.noLogo')}</Button>}
      </div>
      <p id={`${id}-note`} className={`text-[13px] ${said === undefined ? 'text-dim' : 'text-bad'}`}>
        {said ?? hint}
      </p>
    </div>
  );
}
