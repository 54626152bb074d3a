import { usePlace } from '../../app/session.tsx';
import { Button } from '../../ui/button.tsx';
import { useWords } from '../../words/index.ts';
import { mayLet, SCOPES, type Scope, type ScopeArea } from './may.ts';

const AREAS = Object.keys(SCOPES).filter((name) => isArea(name));
const ALL: readonly Scope[] = Object.values(SCOPES).flat();

type ScopeChoiceProps = {
  readonly chosen: ReadonlySet<Scope>;
  readonly problem: string | undefined;
  readonly onChoose: (scopes: ReadonlySet<Scope>) => void;
};

/** What a key may do, of what who makes it may do. */
export function ScopeChoice({ chosen, problem, onChoose }: ScopeChoiceProps) {
  const { t } = useWords();
  const place = usePlace();
  const possible = ALL.filter((scope) => mayLet(place, scope));
  const choose = (scope: Scope, isOn: boolean): void =>
    onChoose(new Set(possible.filter((one) => (one === scope ? isOn : chosen.has(one)))));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 text-sm font-medium">{t('organization.managementKeys.scopes')}</legend>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => onChoose(new Set(possible.filter((scope) => scope.endsWith('.read'))))}>
          {t('organization.managementKeys.readOnly')}
        </Button>
        <Button onClick={() => onChoose(new Set())}>{t('app.none')}</Button>
      </div>
      <div className="divide-y divide-line rounded-lg border border-line">
        {AREAS.filter((area) => possible.some((scope) => scope.startsWith(`${area}.`))).map((area) => (
          <div key={area} className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-3 py-2">
            <span>{t(`organization.managementKeys.areas.${area}`)}</span>
            <div className="flex flex-wrap justify-end gap-x-4 gap-y-1">
              {possible
                .filter((scope) => scope.startsWith(`${area}.`))
                .map((scope) => (
                  <label key={scope} className="flex items-center gap-1.5">
                    <input
                      type="checkbox"
                      aria-label={scope}
                      className="size-4 accent-accent"
                      checked={chosen.has(scope)}
                      onChange={(event) => choose(scope, event.target.checked)}
                    />
                    {t(`organization.managementKeys.verbs.${verbOf(scope)}`)}
                  </label>
                ))}
            </div>
          </div>
        ))}
      </div>
      {problem !== undefined && <p className="text-[13px] text-bad">{problem}</p>}
    </fieldset>
  );
}

export function isScope(text: string): text is Scope {
  return ALL.some((scope) => scope === text);
}

function isArea(text: string): text is ScopeArea {
  return Object.hasOwn(SCOPES, text);
}

function verbOf(scope: Scope): 'read' | 'write' | 'buy' | 'close' {
  if (scope.endsWith('.read')) return 'read';
  if (scope.endsWith('.buy')) return 'buy';
  return scope.endsWith('.write') ? 'write' : 'close';
}
