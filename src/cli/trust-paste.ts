/** What a command that trusts a platform knows of the login that it makes. */
export interface Pasted {
  readonly profile: string;
  readonly host: string;
  readonly audience: string;
  /** As it was asked for. */
  readonly subject: string;
}

export interface Paste {
  /** The file it is pasted into, in words. */
  readonly into: string;
  readonly lines: readonly string[];
}
