import { type FormEvent, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField, SelectField } from '../../ui/field.tsx';
import { Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';
import type { ModelAccess } from './access.ts';
import { ModelChoice } from './model-choice.tsx';
import { useWork } from './use-work.ts';

const SIZES = ['1024x1024', '1536x1024', '1024x1536'] as const;

/** Pictures out of words. */
export function Images({ access }: { readonly access: ModelAccess }) {
  const { t } = useWords();
  const { said: search, say: change } = useAddress();
  const fitting = access.models.filter((model) => /image|dall|imagen|flux|seedream/i.test(model));
  const model = search['model'] ?? fitting[0] ?? access.models[0] ?? '';
  const [prompt, setPrompt] = useState('');
  const [size, setSize] = useState<string>(SIZES[0]);
  const [picture, setPicture] = useState<string>();
  const { isBusy, error, run } = useWork();
  const make = async (): Promise<void> => {
    const body = { model, prompt, size, n: 1 };
    const answer = await access.send('/v1/images/generations', body);
    const { data } = (await answer.json()) as {
      readonly data: readonly { readonly b64_json?: string; readonly url?: string }[];
    };
    const [first] = data;
    setPicture(first?.b64_json === undefined ? first?.url : `data:image/png;base64,${first.b64_json}`);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(make);
  };
  return (
    <Card title={<ModelChoice models={access.models} value={model} onChange={(chosen) => change({ model: chosen })} />}>
      <form onSubmit={submit} className="flex max-w-xl flex-col gap-3">
        <AreaField label={t('playground.prompt')} value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        <SelectField label={t('playground.size')} value={size} onChange={(event) => setSize(event.target.value)}>
          {SIZES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
        <div>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={prompt.trim() === ''}>
            {t('playground.makePicture')}
          </Button>
        </div>
      </form>
      {error !== undefined && <Problem error={error} />}
      {picture !== undefined && (
        <img src={picture} alt={prompt} className="mt-4 max-w-full rounded-lg border border-line" />
      )}
    </Card>
  );
}
