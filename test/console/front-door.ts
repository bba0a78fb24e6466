import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** An address that stays while the registry behind it stops and starts at another port. */
export class FrontDoor implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `behind`: where the registry is now; undefined while it is not running. */
  static async open(behind: () => string | undefined): Promise<FrontDoor> {
    const server = createServer();
    const door = new FrontDoor(server);
    server.on('connection', (caller) => door.#pass(caller, behind()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #pass(caller: Socket, to: string | undefined): void {
    if (to === undefined) return void caller.destroy();
    const called = connect(Number(new URL(to).port), '127.0.0.1');
    for (const [one, other] of [
      [caller, called],
      [called, caller],
    ] as const) {
      this.#open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  /** Ends the connections that there are. */
  hangUp(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
