import { RegistryError } from '../../errors.ts';
import type { OpeningKey, SealingKey } from './seal-keys.ts';
import { openedSize, seal, sealedSize, unseal } from './sealing.ts';
import type { BackupTarget, PutOptions, TargetObject } from './target.ts';

/**
 * What stays readable without the private key: whose the target is, what each snapshot counts and which names it has, until
 * when the journal speaks, and when a restore was tried last. All of it numbers, times, ids and hashes.
 */
const OPEN =
  /^(?:tidegate-backup\.json|snapshots\/[^/]+\/(?:manifest\.json|names)|journal\/state\.json|drills\/.*)$/;

/** A target whose objects are sealed on their way in and, with the private key, opened on their way out. */
export class SealedTarget implements BackupTarget {
  readonly name: string;
  readonly #target: BackupTarget;
  readonly #to: SealingKey;
  readonly #by: OpeningKey | undefined;

  constructor(target: BackupTarget, to: SealingKey, by?: OpeningKey) {
    this.name = target.name;
    this.#target = target;
    this.#to = to;
    this.#by = by;
  }

  /** Whether sealed objects can be read. */
  get opens(): boolean {
    return this.#by !== undefined;
  }

  put(name: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    if (OPEN.test(name)) return this.#target.put(name, bytes, options);
    const { size, ...others } = options;
    const sealed = seal(name, bytes, this.#to);
    return this.#target.put(name, sealed, {
      ...others,
      ...(size !== undefined && { size: sealedSize(size) }),
    });
  }

  get(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const bytes = this.#target.get(name, signal);
    if (OPEN.test(name)) return bytes;
    if (this.#by === undefined) {
      throw new RegistryError('BAD_REQUEST', {
        message: `the backup target ${this.name} is sealed to the key ${this.#to.id}: give its private key with --private-key`,
      });
    }
    return unseal(name, bytes, this.#by);
  }

  /** Of what was sealed. */
  async stat(name: string): Promise<number | undefined> {
    const size = await this.#target.stat(name);
    return size === undefined || OPEN.test(name) ? size : openedSize(size);
  }

  async *list(prefix: string): AsyncIterable<TargetObject> {
    for await (const { name, size } of this.#target.list(prefix))
      yield { name, size: OPEN.test(name) ? size : openedSize(size) };
  }

  remove(name: string): Promise<void> {
    return this.#target.remove(name);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#target[Symbol.asyncDispose]();
  }
}
