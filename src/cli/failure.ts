/** What the command line's exit codes mean; scripts may rely on them. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** A command that could not do its work: what happened and what to do next. Exit code 1. */
export class CliFailure extends Error {
  readonly remedy: string;
  /** A code of the error catalogue, where the hub gave one. */
  readonly code: string | undefined;

  constructor(message: string, remedy: string, code?: string) {
    super(message);
    this.name = 'CliFailure';
    this.remedy = remedy;
    this.code = code;
  }
}

/** A command that was not typed right. Exit code 2. */
export class UsageFailure extends Error {
  override readonly name = 'UsageFailure';
}
