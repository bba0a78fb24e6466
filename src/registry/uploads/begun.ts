import type { Upload } from './rows.ts';

/** More of them are written at once: what is kept here has no row that outlives the process. */
const MOST = 1000;
/** After this long without a byte one is written, so that it outlives a killed process. */
const YOUNG = 1000;

/**
 * Uploads that no byte came for yet, where no other process can be asked for them: most end a moment later, and then their
 * row would have been for nothing. A killed process loses them; the client, which has sent nothing, begins again.
 */
export class BegunUploads {
  readonly #uploads = new Map<string, Upload>();

  /** False where there are too many. */
  add(upload: Upload): boolean {
    if (this.#uploads.size >= MOST) return false;
    this.#uploads.set(upload.id, upload);
    return true;
  }

  get(id: string): Upload | undefined {
    return this.#uploads.get(id);
  }

  /** For what ends it or writes it: two that want that exclude each other so. */
  take(id: string): boolean {
    return this.#uploads.delete(id);
  }

  /** What was to end it or to write it failed. */
  putBack(upload: Upload): void {
    this.#uploads.set(upload.id, upload);
  }

  /** Those that began a while before. */
  old(now: number): Upload[] {
    return this.all().filter(({ createdAt }) => createdAt + YOUNG <= now);
  }

  all(): Upload[] {
    return [...this.#uploads.values()];
  }
}
