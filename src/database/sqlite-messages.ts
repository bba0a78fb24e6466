import type { ErrorCode } from '../errors.ts';
import type { Change } from './database.ts';

/** What the main thread hands the writer's thread at its start. */
export interface WriterData {
  /** URL of the module that imports every file with writes in it; undefined where the thread's own bundle has them. */
  readonly writes: string | undefined;
}

/** What the thread is sent first: the database to write. It answers `ready`, and to `close` it answers `closed`. */
export interface WriterTask {
  readonly file: string;
}

export interface WriterRequest {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

export type WriterOutcome =
  | { readonly id: number; readonly output: unknown; readonly changes: Change[] }
  | { readonly id: number; readonly error: WriterFailure };

export type WriterFailure =
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly detail: unknown;
      readonly reason: string | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly stack: string | undefined;
      readonly errcode: number | undefined;
    };
