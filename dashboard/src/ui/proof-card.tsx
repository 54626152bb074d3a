import type { FormEvent, ReactNode } from 'react';
import type { CallError } from '../api/call.ts';
import { Button } from './button.tsx';
import { CopyButton } from './code.tsx';
import { TextField } from './field.tsx';
import { problemOf, textOf } from './form-fields.ts';
import { Card, Notice, Problem } from './parts.tsx';

/** What a look at everything has found. */
type Proof = {
  readonly isIntact: boolean;
  readonly said: ReactNode;
  readonly differences: readonly { readonly at: string | number; readonly what: string }[];
  /** To be noted elsewhere, and held against what is found the next time. */
  readonly head: string;
  readonly headText: string;
};

type ProofCardProps = {
  readonly title: string;
  readonly text: string;
  readonly noted: { readonly label: string; readonly hint: string };
  readonly action: string;
  readonly state: { readonly error: CallError | null; readonly isPending: boolean };
  /** It reads everything, so that it is asked for and never done by itself. */
  readonly onVerify: (query: { readonly noted?: string }) => void;
  readonly proof: Proof | undefined;
  readonly className?: string;
};

/** Proves that what is kept is as it was written, from a head that was noted earlier where there is one. */
export function ProofCard({ title, text, noted, action, state, onVerify, proof, className }: ProofCardProps) {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const entered = textOf(new FormData(event.currentTarget), 'noted');
    onVerify(entered === '' ? {} : { noted: entered });
  };
  return (
    <Card title={title} {...(className === undefined ? {} : { className })}>
      <p className="max-w-prose text-dim">{text}</p>
      <form onSubmit={submit} className="my-3 flex max-w-2xl flex-col gap-3">
        <TextField
          label={noted.label}
          name="noted"
          isOptional
          placeholder="120:9f86d081…"
          hint={noted.hint}
          problem={problemOf(state.error, 'noted')}
        />
        <div>
          <Button type="submit" isBusy={state.isPending}>
            {action}
          </Button>
        </div>
      </form>
      <Problem error={state.error} />
      {proof !== undefined && <Verdict proof={proof} />}
    </Card>
  );
}

function Verdict({ proof: { isIntact, said, differences, head, headText } }: { readonly proof: Proof }) {
  return (
    <div className="flex flex-col gap-3">
      <Notice tone={isIntact ? 'good' : 'bad'}>
        {said}
        {differences.length > 0 && (
          <ul className="mt-2 list-disc pl-5">
            {differences.map(({ at, what }) => (
              <li key={`${at} ${what}`}>
                {at}: {what}
              </li>
            ))}
          </ul>
        )}
      </Notice>
      <div>
        <p className="mb-1.5 text-dim">{headText}</p>
        <div className="flex flex-wrap items-center gap-3 rounded-lg bg-ground p-3">
          <code className="min-w-0 font-mono text-[13px] break-all">{head}</code>
          <CopyButton text={head} />
        </div>
      </div>
    </div>
  );
}
