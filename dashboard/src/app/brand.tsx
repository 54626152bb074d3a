import { useEffect } from 'react';
import { addressOf, BASE } from '../api/call.ts';
import { useAsk } from '../api/hooks.ts';
import { useWords } from '../words/index.ts';

export type Brand = {
  readonly title: string;
  /** Where the logo is; missing where there is none, or while it is not known. */
  readonly logo: string | undefined;
  readonly accent: string | undefined;
  readonly support: string | undefined;
};

/** How the hub looks to the people of an organization: as that chose, else as the installation did. */
export function useBrand(organizationId: string): Brand {
  const { t } = useWords();
  const organization = useAsk('getOwnOrganization', {});
  const installation = useAsk('getSignInOptions', {});
  const own = organization.data?.brand;
  const version = own?.logo_version;
  const isKnown = (organization.data ?? organization.error) !== null && installation.data !== undefined;
  const address = own?.support_address ?? installation.data?.support_address;
  return {
    title: own?.title ?? installation.data?.name ?? t('app.hub'),
    logo:
      version === undefined
        ? isKnown
          ? (installation.data?.logo ?? `${import.meta.env.BASE_URL}icon.svg`)
          : undefined
        : addressOf('getOwnLogo', { query: { organization_id: organizationId, version } }),
    accent: own?.accent ?? installation.data?.accent,
    // A support address is a mail address or a web page; nothing else becomes a link.
    support: address === undefined ? undefined : /^https?:\/\//.test(address) ? address : `mailto:${address}`,
  };
}

/** Shows everything in the shades of a colour. The hub works them out: its other pages have the same. */
export function useAccent(accent: string | undefined): void {
  useEffect(() => {
    if (accent === undefined) return undefined;
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = `${BASE}/account/assets/accent/${accent.slice(1)}.css`;
    document.head.append(link);
    return () => link.remove();
  }, [accent]);
}

/** The logo and the title, as they stand in the frame: nothing while they are not known, so that no other name flashes. */
export function BrandMark({ brand: { title, logo } }: { readonly brand: Brand }) {
  if (logo === undefined) return <span />;
  return (
    <span className="flex min-w-0 items-center gap-2 font-semibold">
      <img src={logo} alt="" className="h-6 max-w-24 object-contain" />
      <span className="line-clamp-2 leading-tight break-words">{title}</span>
    </span>
  );
}
