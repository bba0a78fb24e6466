import { RegistryError } from '../../errors.ts';
import type { RepositoryTarget } from '../target.ts';

/** Uploads that an account may have under way in a region at the same time. */
const MOST = 2000;
/** Uploads that one statement asks for. */
const PAGE = 200;

/** Where uploads are counted together. */
type Place = Pick<RepositoryTarget, 'regionId'> & { readonly namespace: { readonly accountId: string } };

/**
 * What uploads that this process has seen, and that have not ended, hold: no counter has their bytes, and they are kept for a
 * day after the last request. It is told, not asked for: a sum over all uploads would be a long statement for each request.
 * An upload that ended in another process is found when its bytes would be a reason to refuse.
 */
export class OpenUploads {
  readonly #thatAre: (ids: readonly string[]) => Promise<string[]>;
  /** Bytes of each upload, by account and region, then by its id. */
  readonly #places = new Map<string, Map<string, number>>();
  readonly #placeOf = new Map<string, string>();

  /** `thatAre` answers those of at most 200 uploads that have not ended in any process. */
  constructor(thatAre: (ids: readonly string[]) => Promise<string[]>) {
    this.#thatAre = thatAre;
  }

  /** The upload has so many bytes now. */
  note(place: Place, id: string, bytes: number): void {
    const key = keyOf(place);
    const open = this.#places.get(key) ?? new Map<string, number>();
    open.set(id, bytes);
    this.#places.set(key, open);
    this.#placeOf.set(id, key);
  }

  ended(id: string): void {
    const key = this.#placeOf.get(id) ?? '';
    this.#placeOf.delete(id);
    const open = this.#places.get(key);
    open?.delete(id);
    if (open?.size === 0) this.#places.delete(key);
  }

  /** Before one more begins. Throws TOOMANYREQUESTS. */
  async admit(place: Place): Promise<void> {
    const isFull = (): boolean => (this.#places.get(keyOf(place))?.size ?? 0) >= MOST;
    if (!isFull()) return;
    await this.#forgetEnded(place);
    if (isFull())
      throw new RegistryError('TOOMANYREQUESTS', {
        message: `your account has ${MOST} uploads under way here; finish some, or cancel them with DELETE; one that gets nothing is forgotten after 24 hours`,
      });
  }

  /** Bytes of all uploads of the account in the region. From `enough` on, those that have ended elsewhere do not count. */
  async bytes(place: Place, enough: number): Promise<number> {
    const sum = (): number => {
      let bytes = 0;
      for (const each of this.#places.get(keyOf(place))?.values() ?? []) bytes += each;
      return bytes;
    };
    if (sum() >= enough) await this.#forgetEnded(place);
    return sum();
  }

  async #forgetEnded(place: Place): Promise<void> {
    const ids = [...(this.#places.get(keyOf(place))?.keys() ?? [])];
    for (let start = 0; start < ids.length; start += PAGE) {
      const some = ids.slice(start, start + PAGE);
      const there = new Set(await this.#thatAre(some));
      for (const id of some) if (!there.has(id)) this.ended(id);
    }
  }
}

const keyOf = ({ regionId, namespace }: Place): string => `${namespace.accountId}/${regionId}`;
