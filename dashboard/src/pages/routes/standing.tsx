import { Badge, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const TONES = { ready: 'good', trying: 'warn', cooling: 'warn', open: 'bad' } as const satisfies Record<string, Tone>;
export type Standing = keyof typeof TONES;

/** How a deployment stands, in a word and a colour. */
export function StandingBadge({ standing }: { readonly standing: Standing }) {
  const { t } = useWords();
  return <Badge tone={TONES[standing]}>{t(`routes.standings.${standing}`)}</Badge>;
}
