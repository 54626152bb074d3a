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
      <p className="text-sm font-medium">
        {t('system.brand.logo')}
        <span className="ml-1.5 font-normal text-dim">({t('app.optional')})</span>
      </p>
      <div className="flex flex-wrap items-center gap-3">
        {logo !== undefined && (
          <img
            src={logo}
            alt={t('system.brand.logo')}
            className="h-12 max-w-40 rounded-lg border border-line object-contain p-1"
          />
        )}
        <label className="relative inline-flex h-9 cursor-pointer items-center rounded-lg border border-line bg-raised px-3.5 text-sm font-medium focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent hover:border-edge">
          {t('system.brand.choose')}
          <input
            type="file"
            aria-label={`${t('system.brand.logo')}: ${t('system.brand.choose')}`}
            accept={TYPES.join(',')}
            aria-describedby={`${id}-note`}
            onChange={choose}
            className="sr-only"
          />
        </label>
        {logo !== undefined && <Button onClick={() => onLogo(undefined)}>{t('system.brand.noLogo')}</Button>}
      </div>
      <p id={`${id}-note`} className={`text-[13px] ${said === undefined ? 'text-dim' : 'text-bad'}`}>
        {said ?? t('system.brand.logoHint')}
      </p>
    </div>
  );
}
