import { useState } from 'react';
import { BASE, call } from '../api/call.ts';
import { Icon } from '../ui/icon.tsx';
import { changeLanguage, LANGUAGES, type Language, useWords } from '../words/index.ts';
import { useMe } from './session.tsx';
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme.ts';

const THEME_WORDS = { system: 'app.themeSystem', light: 'app.themeLight', dark: 'app.themeDark' } as const;
const CHOICE = 'h-8 rounded-md border border-line bg-raised px-2 text-[13px]';
const ROW = 'flex h-8 items-center justify-between gap-2 px-2 text-[13px] text-dim';

/** Who is signed in, how the dashboard looks and speaks, and the way out. */
export function AccountMenu({ support }: { readonly support: string | undefined }) {
  const { t, language } = useWords();
  const { user } = useMe();
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const signOut = async (): Promise<void> => {
    const { continue_at: elsewhere } = await call('signOut', {});
    location.assign(elsewhere ?? `${BASE}/account/sign-in`);
  };
  return (
    <details className="group">
      <summary className="flex h-10 list-none items-center gap-2 rounded-lg px-2 hover:bg-ground">
        <Icon name="user" className="size-5 text-dim" />
        <span className="min-w-0 flex-1 truncate">{user.name ?? user.email}</span>
        <Icon name="down" className="size-4 text-dim group-open:rotate-180" />
      </summary>
      <div className="flex flex-col gap-1.5 pt-2">
        <label className={ROW}>
          {t('app.language')}
          <select
            className={CHOICE}
            value={language}
            onChange={(event) => void changeLanguage(event.target.value as Language)}
          >
            {Object.entries(LANGUAGES).map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className={ROW}>
          {t('app.theme')}
          <select
            className={CHOICE}
            value={theme}
            onChange={(event) => {
              const chosen = THEMES.find((one) => one === event.target.value) ?? 'system';
              chooseTheme(chosen);
              setTheme(chosen);
            }}
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {t(THEME_WORDS[one])}
              </option>
            ))}
          </select>
        </label>
        <a className={`${ROW} rounded-md hover:bg-ground hover:text-ink`} href={`${BASE}/account`}>
          {t('app.account')}
        </a>
        <a className={`${ROW} rounded-md hover:bg-ground hover:text-ink`} href={`${BASE}/reference`}>
          {t('app.apiReference')}
        </a>
        {support !== undefined && (
          <a className={`${ROW} rounded-md hover:bg-ground hover:text-ink`} href={support} rel="noopener noreferrer">
            {t('app.support')}
          </a>
        )}
        <button
          type="button"
          className={`${ROW} w-full rounded-md hover:bg-ground hover:text-ink`}
          onClick={() => void signOut()}
        >
          {t('app.signOut')}
        </button>
      </div>
    </details>
  );
}
