import type { ServerResponse } from 'node:http';
import { networkOf } from './network.ts';
import type { Request } from './request.ts';

/** Bounds on answers that were made as a whole and wait in memory until their clients read them. */
export interface UnsentLimits {
  /** Bytes of one answer that count for nothing: so much waits of a blob that is read from the disk. */
  readonly free: number;
  /** Bytes of all larger ones together. */
  readonly total: number;
}

const LIMITS: UnsentLimits = { free: 512 << 10, total: 64 << 20 };

interface Unsent {
  readonly request: Request;
  readonly network: string;
  readonly bytes: number;
  /** Nothing of it was read since the last look. */
  readonly stands: boolean;
}

/**
 * Looks at what waits to be read: manifests and lists of some megabytes, of which a thousand clients that read nothing would
 * fill the memory. Above the bound the network whose answers hold most loses them: first those that stand still, then the
 * largest. So a client that reads slowly keeps its answer while another does not read.
 */
export class UnsentAnswers {
  readonly #answers: ReadonlyMap<ServerResponse, Request>;
  readonly #limits: UnsentLimits;
  /** What each had left at the last look. */
  #before = new Map<ServerResponse, number>();

  constructor(answers: ReadonlyMap<ServerResponse, Request>, limits: UnsentLimits = LIMITS) {
    this.#answers = answers;
    this.#limits = limits;
  }

  /** The requests whose connections are to be cut now. */
  beyond(): Request[] {
    const unsent = this.#look();
    let total = unsent.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= this.#limits.total) return [];
    const byNetwork = Map.groupBy(unsent, ({ network }) => network);
    for (const own of byNetwork.values())
      own.sort((a, b) => Number(a.stands) - Number(b.stands) || a.bytes - b.bytes);
    const cut: Request[] = [];
    for (; total > this.#limits.total; ) {
      const [largest] = [...byNetwork.values()].sort((a, b) => sumOf(b) - sumOf(a));
      const lost = largest?.pop();
      if (!lost) break;
      total -= lost.bytes;
      cut.push(lost.request);
    }
    return cut;
  }

  #look(): Unsent[] {
    const now = new Map<ServerResponse, number>();
    const unsent: Unsent[] = [];
    for (const [answer, request] of this.#answers) {
      const bytes = answer.writableLength;
      if (bytes <= this.#limits.free) continue;
      now.set(answer, bytes);
      const network = networkOf(request.address ?? request.socket.remoteAddress);
      unsent.push({ request, network, bytes, stands: bytes >= (this.#before.get(answer) ?? Infinity) });
    }
    this.#before = now;
    return unsent;
  }
}

const sumOf = (own: readonly Unsent[]): number => own.reduce((sum, { bytes }) => sum + bytes, 0);
