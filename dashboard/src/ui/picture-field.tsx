import { useId, useState } from 'react';
import { useWords } from '../words/index.ts';
import { Button } from './button.tsx';
import { FileButton } from './file-button.tsx';

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
  const choose = (file: File): void => {
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
        <FileButton
          word={t('system.brand.choose')}
          label={`${label}: ${t('system.brand.choose')}`}
          types={types}
          describedBy={`${id}-note`}
          onFile={choose}
        />
        {shown !== undefined && <Button onClick={() => onPicture(undefined)}>{t('system.brand.noLogo')}</Button>}
      </div>
      <p id={`${id}-note`} className={`text-[13px] ${said === undefined ? 'text-dim' : 'text-bad'}`}>
        {said ?? hint}
      </p>
    </div>
  );
}
