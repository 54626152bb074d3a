import type { Model } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import { isNew, MODALITIES } from './view.ts';

const TONE_OF = { enabled: 'good', hidden: 'calm', awaiting_approval: 'warn' } as const satisfies Record<
  Model['state'],
  Tone
>;

/** What is to be known of a model at a glance. */
export function Marks({ model }: { readonly model: Model }) {
  const { t } = useWords();
  return (
    <span className="inline-flex flex-wrap gap-1 md:flex-nowrap">
      {model.withdrawn_at !== undefined ? (
        <Badge tone="bad">{t('models.states.withdrawn')}</Badge>
      ) : (
        <Badge tone={TONE_OF[model.state]}>{t(`models.states.${model.state}`)}</Badge>
      )}
      {isNew(model) && <Badge tone="accent">{t('models.isNew')}</Badge>}
    </span>
  );
}

/** `text, images → text`; `undefined` where nothing is known. */
export function useModalities(): (model: Pick<Model, 'input_modalities' | 'output_modalities'>) => string | undefined {
  const { t, language } = useWords();
  const list = new Intl.ListFormat(language, { type: 'unit', style: 'short' });
  const words = (names: readonly string[] | undefined): string =>
    names === undefined || names.length === 0
      ? '?'
      : list.format(
          names.map((name) => {
            const known = MODALITIES.find((one) => one === name);
            return known === undefined ? name : t(`models.modality.${known}`);
          }),
        );
  return ({ input_modalities: takes, output_modalities: gives }) =>
    takes === undefined && gives === undefined ? undefined : `${words(takes)} → ${words(gives)}`;
}
