/** How a job of this process fares. Times in epoch milliseconds. */
export interface JobState {
  readonly name: string;
  /** Milliseconds. */
  readonly period: number;
  readonly of: 'process' | 'installation';
  readonly hasSucceeded: boolean;
  readonly lastSuccessAt: number;
  readonly lastFailureAt: number | undefined;
  readonly failures: number;
  readonly reason: string | undefined;
}

/** What this process knows of itself and of the others. */
export interface SystemState {
  readonly version: string;
  readonly startedAt: number;
  readonly replica: string;
  readonly replicas: number;
  readonly database: 'sqlite' | 'postgresql';
  readonly jobs: readonly JobState[];
}
