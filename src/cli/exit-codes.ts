/** Exit codes. docs/cli.md has them too, and scripts rely on the numbers. */
export const EXIT = {
  OK: 0,
  /** The command failed for a reason without a number of its own. */
  FAILED: 1,
  /** The command line is not understood. */
  USAGE: 2,
  /** There is no login, or the session has ended. */
  NOT_LOGGED_IN: 3,
  /** What the command names does not exist, or the caller may not see it. */
  NOT_FOUND: 4,
  /** The caller may not do this, or the credentials are refused. */
  REFUSED: 5,
  /** No answer from the server. */
  UNREACHABLE: 6,
  /** A question was left with Ctrl-C or Ctrl-D. The number is that of a shell for Ctrl-C. */
  INTERRUPTED: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
