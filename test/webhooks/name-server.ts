import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A name server on loopback that answers questions for IPv4 addresses, each time with the next of the given answers. */
export class NameServer implements AsyncDisposable {
  /** By name, the addresses of one answer after the other; the last one stays. */
  readonly answers = new Map<string, string[][]>();
  readonly #socket: Socket = createSocket('udp4');

  static async listen(): Promise<NameServer> {
    const server = new NameServer();
    server.#socket.on('message', (question, { port, address }) => {
      server.#socket.send(server.#answer(question), port, address);
    });
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** RFC 1035, section 4.1. */
  #answer(question: Buffer): Buffer {
    const { name, end } = nameIn(question);
    const isV4 = question.readUInt16BE(end) === 1;
    const rounds = this.answers.get(name) ?? [];
    const found = isV4 ? ((rounds.length > 1 ? rounds.shift() : rounds[0]) ?? []) : [];
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    // an answer, with recursion; of a name that is not here that there is none
    head.writeUInt16BE(this.answers.has(name) ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    const records = found.map((address) => {
      // the name is where the question has it; type A, class IN, no time to live, four bytes
      const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
      return Buffer.concat([record, Buffer.from(address.split('.').map(Number))]);
    });
    return Buffer.concat([head, question.subarray(12, end + 4), ...records]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

const nameIn = (question: Buffer): { name: string; end: number } => {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.subarray(at + 1, at + 1 + length).toString());
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
};
