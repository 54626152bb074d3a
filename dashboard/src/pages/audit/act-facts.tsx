import type { AuditAct } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/parts.tsx';
import { useWords } from '../../words/index.ts';

const TONE_OF = { done: 'good', refused: 'warn', failed: 'bad', unknown: 'calm' } as const satisfies Record<
  AuditAct['outcome'],
  Tone
>;

export function Outcome({ act: { outcome, error_code } }: { readonly act: AuditAct }) {
  const { t } = useWords();
  return (
    <div className="flex flex-col items-start gap-1">
      <Badge tone={TONE_OF[outcome]}>{t(`audit.outcomes.${outcome}`)}</Badge>
      {error_code !== undefined && <span className="font-mono text-xs break-all text-dim">{error_code}</span>}
    </div>
  );
}

/** By name where it is known: the log itself keeps ids alone. */
export function Who({
  act: { actor_kind, actor_id },
  actors,
}: {
  readonly act: AuditAct;
  readonly actors: ReadonlyMap<string, string>;
}) {
  const { t } = useWords();
  const name = actor_id === undefined ? undefined : (actors.get(actor_id) ?? actor_id);
  return (
    <div className="min-w-20">
      {name !== undefined && <p className="break-words">{name}</p>}
      <p className={name === undefined ? '' : 'text-[13px] text-dim'}>{t(`audit.actorKinds.${actor_kind}`)}</p>
    </div>
  );
}
