import type { ExitCode } from './exit-codes.ts';

/** A command that cannot go on: what the person reads, and what the shell gets. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
