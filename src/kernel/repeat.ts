/** Runs something again and again until the function it returns is called. Passed in, so that tests decide when. */
export type Repeat = (run: () => void, everyMs: number) => () => void;

/** The real thing. Its timer never keeps the process alive by itself. */
export const systemRepeat: Repeat = (run, everyMs) => {
  const timer = setInterval(run, everyMs);
  timer.unref();
  return () => clearInterval(timer);
};
