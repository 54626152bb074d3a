/** Runs something again and again until the function it returns is called. Passed in, so that tests decide when. */
export type Repeat = (run: () => void, everyMs: number) => () => void;

/** The real thing. Its timer never keeps the process alive by itself. */
export const systemRepeat: Repeat = (run, everyMs) => {
  const timer = setInterval(run, everyMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** Runs something once, later, unless the function it returns is called before. */
export type Delay = (delayMs: number, run: () => void) => () => void;

/** The real thing. Its timer never keeps the process alive by itself. */
export const systemDelay: Delay = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
