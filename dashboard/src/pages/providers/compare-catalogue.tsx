import { type FormEvent, useState } from 'react';
import type { CallError, OperationId, Taken } from '../../api/call.ts';
import { useChange } from '../../api/hooks.ts';
import type { CatalogueDifference } from '../../api/types.ts';
import { fieldProblem } from '../../app/form.ts';
import { useToast } from '../../app/toasts.tsx';
import { Button } from '../../ui/button.tsx';
import { AreaField, SelectField, TextField } from '../../ui/field.tsx';
import { textOf } from '../../ui/form-fields.ts';
import { Card, Problem } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

type Origin = NonNullable<Taken<'applyCatalogue'>['body']>;

const CATALOGUE: readonly OperationId[] = ['listProviders', 'getProvider'];

/** Brings in another catalogue: first what it would change, then the change. */
export function CompareCatalogue() {
  const { t } = useWords();
  const toast = useToast();
  const [kind, setKind] = useState<'url' | 'document'>('url');
  const [compared, setCompared] = useState<{ readonly origin: Origin; readonly difference: CatalogueDifference }>();
  const [isNoJson, setIsNoJson] = useState(false);
  const compare = useChange('compareCatalogue', []);
  const apply = useChange('applyCatalogue', CATALOGUE);
  const forget = (): void => {
    setCompared(undefined);
    setIsNoJson(false);
    compare.reset();
    apply.reset();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const origin = originOf(kind, textOf(new FormData(event.currentTarget), kind));
    setIsNoJson(origin === undefined);
    if (origin === undefined) return;
    compare.mutate({ body: origin }, { onSuccess: (difference) => setCompared({ origin, difference }) });
  };
  return (
    <Card>
      <details>
        <summary className="font-semibold">{t('providers.compareTitle')}</summary>
        <p className="my-3 max-w-prose text-dim">{t('providers.compareText')}</p>
        <form onSubmit={submit} className="flex max-w-2xl flex-col gap-3">
          <SelectField
            label={t('providers.compareFrom')}
            value={kind}
            onChange={(event) => {
              setKind(event.target.value === 'url' ? 'url' : 'document');
              forget();
            }}
          >
            <option value="url">{t('providers.fromUrl')}</option>
            <option value="document">{t('providers.fromDocument')}</option>
          </SelectField>
          <OriginField kind={kind} isNoJson={isNoJson} error={compare.error} onChange={forget} />
          <Problem error={compare.error} />
          <div>
            <Button type="submit" isBusy={compare.isPending}>
              {t('providers.compare')}
            </Button>
          </div>
        </form>
        {compared !== undefined && (
          <Difference
            difference={compared.difference}
            error={apply.error}
            isBusy={apply.isPending}
            onApply={() =>
              apply.mutate(
                { body: compared.origin },
                {
                  onSuccess: () => {
                    toast(t('providers.applied'));
                    forget();
                  },
                },
              )
            }
          />
        )}
      </details>
    </Card>
  );
}

function OriginField({
  kind,
  isNoJson,
  error,
  onChange,
}: {
  readonly kind: 'url' | 'document';
  readonly isNoJson: boolean;
  readonly error: CallError | null;
  readonly onChange: () => void;
}) {
  const { t } = useWords();
  if (kind === 'url') {
    return (
      <TextField
        label={t('providers.catalogueUrl')}
        name="url"
        type="url"
        required
        placeholder="https://example.com/catalogue.json"
        onChange={onChange}
        problem={fieldProblem(error, 'url')}
      />
    );
  }
  return (
    <AreaField
      label={t('providers.catalogueDocument')}
      name="document"
      required
      rows={6}
      onChange={onChange}
      hint={t('providers.catalogueDocumentHint')}
      problem={isNoJson ? t('providers.noJson') : fieldProblem(error, 'document')}
    />
  );
}

function originOf(kind: 'url' | 'document', text: string): Origin | undefined {
  if (kind === 'url') return { url: text };
  try {
    return { document: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function Difference({
  difference: { added, changed, unchanged },
  error,
  isBusy,
  onApply,
}: {
  readonly difference: CatalogueDifference;
  readonly error: CallError | null;
  readonly isBusy: boolean;
  readonly onApply: () => void;
}) {
  const { t } = useWords();
  const hasChange = added.length + changed.length > 0;
  return (
    <section aria-label={t('providers.difference')} className="mt-4 flex flex-col gap-3 rounded-lg bg-ground p-4">
      <div>
        <h3 className="font-medium">{t('providers.addedEntries', { count: added.length })}</h3>
        {added.length > 0 && <p className="font-mono text-[13px] break-words">{added.join(', ')}</p>}
      </div>
      <div>
        <h3 className="font-medium">{t('providers.changedEntries', { count: changed.length })}</h3>
        <ul className="text-[13px]">
          {changed.map(({ id, fields }) => (
            <li key={id} className="break-words">
              <span className="font-mono">{id}</span> <span className="text-dim">{fields.join(', ')}</span>
            </li>
          ))}
        </ul>
      </div>
      <p className="text-dim">{t('providers.unchangedEntries', { count: unchanged.length })}</p>
      <Problem error={error} />
      {hasChange ? (
        <div>
          <Button look="primary" isBusy={isBusy} onClick={onApply}>
            {t('providers.apply')}
          </Button>
        </div>
      ) : (
        <p>{t('providers.nothingToApply')}</p>
      )}
    </section>
  );
}
