import { type ChangeEvent, useId, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/index.ts';

/** A `data:` URL is a third longer than the file; the hub takes 200,000 characters of it. */
const FILE_BYTES_MAX = 148_000;
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

type LogoFieldProps = {
  readonly logo: string | undefined;
  readonly problem: string | undefined;
  readonly onLogo: (logo: string | undefined) => void;
};

/** A picture from this machine, kept as a `data:` URL, so that no page asks another server for it. */
export function LogoField({ logo, problem, onLogo }: LogoFieldProps) {
  const { t } = useWords();
  const id = useId();
  const [refusal, setRefusal] = useState<string>();
  const choose = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const file = target.files?.[0];
    if (file === undefined) return;
    const isFit = TYPES.includes(file.type) && file.size <= FILE_BYTES_MAX;
    setRefusal(isFit ? undefined : t('system.brand.logoUnfit'));
    if (!isFit) return;
    const reader = new FileReader();
    reader.onload = () => onLogo(typeof reader.result === 'string' ? reader.result : undefined);
    reader.onerror = () => setRefusal(t('system.brand.logoUnread'));
    reader.readAsDataURL(file);
  };
  const said = refusal ?? problem;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {t('system.brand.logo')}
        <span className="ml-1.5 font-normal text-dim">({t('app.optional')})</span>
      </label>
      <div className="flex flex-wrap items-center gap-3">
        {logo !== undefined && (
          <img
            src={logo}
            alt={t('system.brand.logo')}
            className="h-12 max-w-40 rounded-lg border border-line object-contain p-1"
          />
        )}
        <input
          id={id}
          type="file"
          accept={TYPES.join(',')}
          aria-describedby={`${id}-note`}
          onChange={choose}
          className="min-w-0 text-sm file:mr-3 file:h-9 file:rounded-lg file:border file:border-solid file:border-line file:bg-raised file:px-3.5 file:font-medium file:text-ink"
        />
        {logo !== undefined && <Button onClick={() => onLogo(undefined)}>{t('system.brand.noLogo')}</Button>}
      </div>
      <p id={`${id}-note`} className={`text-[13px] ${said === undefined ? 'text-dim' : 'text-bad'}`}>
        {said ?? t('system.brand.logoHint')}
      </p>
    </div>
  );
}
