import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface BrittleWay extends AsyncDisposable {
  readonly port: number;
  /** Breaks every connection there is, and those of the next `refuse` tries. */
  cut(refuse?: number): void;
  /** From now on lets every request through and loses every second answer. */
  loseAnswers(): void;
}

/** A way to an HTTP server on loopback that can be broken. */
export const brittleWay = async (onwardPort: number): Promise<BrittleWay> => {
  const sockets = new Set<Socket>();
  let refused = 0;
  let lossy = false;
  let answers = 0;
  const listener = createServer((socket) => {
    if (refused > 0) {
      refused -= 1;
      socket.destroy();
      return;
    }
    const onward = connect(onwardPort, '127.0.0.1');
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from
        .on('error', () => to.destroy())
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
    socket.pipe(onward);
    onward.on('data', (bytes) => {
      const isAnswer = /^HTTP\/1.1 (?!100)/.test(bytes.toString('latin1', 0, 20));
      if (isAnswer) answers += 1;
      if (lossy && isAnswer && answers % 2 === 1) socket.destroy();
      else socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    cut(refuse = 0) {
      refused = refuse;
      for (const socket of sockets) socket.destroy();
    },
    loseAnswers() {
      lossy = true;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
