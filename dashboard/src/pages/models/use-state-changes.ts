import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type CallError, call } from '../../api/call.ts';
import type { Model } from '../../api/types.ts';

type Wanted = { readonly ids: readonly string[]; readonly state: Model['state'] };

/** Gives several models a state, one after the other, and tells how far it is. */
export function useStateChanges() {
  const client = useQueryClient();
  const [done, setDone] = useState(0);
  const change = useMutation<void, CallError, Wanted>({
    mutationFn: async ({ ids, state }) => {
      setDone(0);
      for (const [index, id] of ids.entries()) {
        await call('setModelState', { params: { model_id: id }, body: { state } });
        setDone(index + 1);
      }
    },
    // What was changed before a failure is changed.
    onSettled: () =>
      Promise.all(
        ['listModels', 'getModel', 'listCallableModels'].map((asked) =>
          client.invalidateQueries({ queryKey: [asked] }),
        ),
      ),
  });
  return { ...change, done };
}
