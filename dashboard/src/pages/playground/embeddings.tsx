import { type FormEvent, useState } from 'react';
import { useAddress } from '../../app/address.ts';
import { percent } from '../../format/amounts.ts';
import { Button } from '../../ui/button.tsx';
import { AreaField } from '../../ui/field.tsx';
import { Card, Problem } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { useWords } from '../../words/index.ts';
import type { ModelAccess } from './access.ts';
import { ModelChoice } from './model-choice.tsx';
import { useWork } from './use-work.ts';

type Pair = { readonly a: string; readonly b: string; readonly similarity: number };

/** How alike texts are to a model. */
export function Embeddings({ access }: { readonly access: ModelAccess }) {
  const { t, language } = useWords();
  const { said: search, say: change } = useAddress();
  const fitting = access.models.filter((model) => /embed/i.test(model));
  const model = search['model'] ?? fitting[0] ?? access.models[0] ?? '';
  const [texts, setTexts] = useState('');
  const [pairs, setPairs] = useState<readonly Pair[]>();
  const [size, setSize] = useState(0);
  const { isBusy, error, run } = useWork();
  const lines = texts.split('\n').filter((line) => line.trim() !== '');
  const compare = async (): Promise<void> => {
    const answer = await access.send('/v1/embeddings', { model, input: lines });
    const { data } = (await answer.json()) as { readonly data: readonly { readonly embedding: readonly number[] }[] };
    const vectors = data.map(({ embedding }) => embedding);
    setSize(vectors[0]?.length ?? 0);
    setPairs(pairsOf(lines, vectors));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run(compare);
  };
  return (
    <Card title={<ModelChoice models={access.models} value={model} onChange={(chosen) => change({ model: chosen })} />}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <AreaField
          label={t('playground.texts')}
          hint={t('playground.textsHint')}
          rows={5}
          value={texts}
          onChange={(event) => setTexts(event.target.value)}
        />
        <div>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={lines.length < 2}>
            {t('playground.compareTexts')}
          </Button>
        </div>
      </form>
      {error !== undefined && <Problem error={error} />}
      {pairs !== undefined && (
        <div className="pt-4">
          <p className="pb-2 text-dim">{t('playground.dimensions', { count: size })}</p>
          <Table
            label={t('playground.similarity')}
            rows={pairs}
            keyOf={({ a, b }) => `${a}\n${b}`}
            columns={[
              { name: 'a', head: t('playground.text'), cell: ({ a }) => a },
              { name: 'b', head: t('playground.other'), cell: ({ b }) => b },
              {
                name: 'similarity',
                head: t('playground.similarity'),
                isNumber: true,
                cell: ({ similarity }) => percent(similarity, language),
              },
            ]}
          />
        </div>
      )}
    </Card>
  );
}

/** Every two texts, the most alike first. */
function pairsOf(texts: readonly string[], vectors: readonly (readonly number[])[]): readonly Pair[] {
  const pairs = texts.flatMap((a, first) =>
    texts.slice(first + 1).map((b, offset) => ({
      a,
      b,
      similarity: cosine(vectors[first] ?? [], vectors[first + 1 + offset] ?? []),
    })),
  );
  return pairs.toSorted((one, other) => other.similarity - one.similarity);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let [product, sizeA, sizeB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    product += value * other;
    sizeA += value * value;
    sizeB += other * other;
  }
  return sizeA === 0 || sizeB === 0 ? 0 : product / Math.sqrt(sizeA * sizeB);
}
