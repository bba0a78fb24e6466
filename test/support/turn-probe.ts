/**
 * Loaded into a server before it starts (`--import`): measures the turns of its event loop between two commands. CPU time is
 * the server's own; wall time has in it what other processes of the machine took.
 */
import { createServer } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const path = process.env.TIDEGATE_TEST_PROBE;

/** Milliseconds of CPU time that the main thread has taken. */
const cpuNow = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const measure = (): (() => object) => {
  const longest = { cpu: 0, wall: 0 };
  let [cpu, wall] = [cpuNow(), performance.now()];
  let isOver = false;
  const turn = (): void => {
    const [cpuAfter, wallAfter] = [cpuNow(), performance.now()];
    longest.cpu = Math.max(longest.cpu, cpuAfter - cpu);
    longest.wall = Math.max(longest.wall, wallAfter - wall);
    [cpu, wall] = [cpuAfter, wallAfter];
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOver = true;
    return longest;
  };
};

if (path !== undefined && isMainThread) {
  let end = (): object => ({});
  const server = createServer((socket) => {
    socket.once('data', (bytes) => {
      const command = bytes.toString();
      const answer = command === 'end' ? end() : { cpu: cpuNow() };
      if (command === 'begin') end = measure();
      socket.end(JSON.stringify(answer));
    });
  });
  server.listen(path);
  server.unref();
}
