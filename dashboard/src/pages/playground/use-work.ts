import { useState } from 'react';
import { CallError } from '../../api/call.ts';

/** Does one thing at a time that the hub may refuse, and knows whether it goes on and why it failed. */
export function useWork() {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const run = async (work: () => Promise<void>): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof CallError)) throw thrown;
      setError(thrown);
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, error, run };
}
