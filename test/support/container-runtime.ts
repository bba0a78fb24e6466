import { type ChildProcess, spawn } from 'node:child_process';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit, tiedToUs } from './at-exit.ts';
import { ClientRoom, clients, type Surroundings } from './clients.ts';
import { type Component, demand } from './component.ts';
import type { RunOptions, Turn } from './transcript.ts';

export const containerRuntime: Component = { ...clients(['containerd', 'runc']), name: 'containerd' };

const startWithin = 30_000;

/** What a kubelet reads out of a pull secret for the image's host. */
export interface PullCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * containerd with its Kubernetes door, spoken to as a kubelet speaks to it (CRI v1: ImageService/PullImage). The
 * program `crictl`, which does the same by hand, is in no Debian suite.
 */
export class ContainerRuntime implements AsyncDisposable {
  readonly #room: ClientRoom;
  readonly #suite: string;
  readonly #forget = atExit(() => this.#child?.kill('SIGTERM'));
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(surroundings?: Surroundings, suite = 'sid') {
    this.#suite = suite;
    this.#room = new ClientRoom(suite, surroundings);
  }

  static async start(surroundings?: Surroundings, suite = 'sid'): Promise<ContainerRuntime> {
    demand(clients(['containerd', 'runc'], suite));
    const runtime = new ContainerRuntime(surroundings, suite);
    try {
      await runtime.#start();
      return runtime;
    } catch (error) {
      await runtime[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Pulls an image and answers its reference by digest; throws what the runtime says when it cannot. */
  async pull(image: string, credentials?: PullCredentials): Promise<string> {
    const auth = credentials
      ? field(2, Buffer.concat([field(1, credentials.username), field(2, credentials.password)]))
      : Buffer.alloc(0);
    const request = Buffer.concat([field(1, field(1, image)), auth]);
    const answer = await this.#call('/runtime.v1.ImageService/PullImage', request);
    return firstText(answer);
  }

  get room(): ClientRoom {
    return this.#room;
  }

  /** Runs `ctr ARGS`, containerd's own command line. */
  ctr(args: readonly string[], options: RunOptions = {}): Promise<Turn> {
    return this.#room.run(['ctr', '--address', `${this.#room.home}/run/containerd.sock`, ...args], options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await closed;
    }
    this.#forget();
    this.#room[Symbol.dispose]();
  }

  get #socket(): string {
    return join(this.#room.outside, 'run/containerd.sock');
  }

  async #start(): Promise<void> {
    const { home } = this.#room;
    const settings = this.#suite === 'bookworm' ? settingsOf1(home) : configOf(home);
    const config = this.#room.write('containerd.toml', settings);
    // its images are memory: fresh, fit for overlay mounts on any machine, and gone with it
    const script = 'mkdir -p "$1" && mount -t tmpfs tidegate-test "$1" && exec containerd --config "$2"';
    const argv = this.#room.inTree(['/bin/sh', '-c', script, 'runtime', `${home}/images`, config]);
    const [command, ...args] = tiedToUs(argv, 'TERM');
    const child = spawn(command, args, { env: this.#room.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    child.once('close', () => {
      this.#child = undefined;
    });
    for (const deadline = Date.now() + startWithin; ; await sleep(200)) {
      if (!this.#child) throw new Error(`containerd ended instead of listening:\n${this.#log}`);
      const isUp = await this.#call('/runtime.v1.RuntimeService/Version', Buffer.alloc(0)).then(
        () => true,
        () => false,
      );
      if (isUp) return;
      if (Date.now() > deadline) throw new Error(`containerd does not answer:\n${this.#log}`);
    }
  }

  /** One unary gRPC call; the answer's message. */
  async #call(path: string, message: Buffer): Promise<Buffer> {
    const session = connectHttp2('http://localhost', { createConnection: () => connect(this.#socket) });
    try {
      return await unary(session, path, message);
    } finally {
      session.destroy();
    }
  }
}

const configOf = (home: string): string => `
version = 3
root = '${home}/images/root'
state = '${home}/run/state'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.internal.v1.opt']
[grpc]
address = '${home}/run/containerd.sock'
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = '${home}/certs.d'
`;

/** For the first generation of containerd. */
const settingsOf1 = (home: string): string => `
version = 2
root = '${home}/images/root'
state = '${home}/run/state'
disabled_plugins = ['io.containerd.internal.v1.opt']
[grpc]
address = '${home}/run/containerd.sock'
[plugins.'io.containerd.grpc.v1.cri'.registry]
config_path = '${home}/certs.d'
`;

const unary = (session: ClientHttp2Session, path: string, message: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    session.once('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status: string | undefined;
    let text = '';
    const note = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] === undefined) return;
      status = String(headers['grpc-status']);
      text = decodeURIComponent(String(headers['grpc-message'] ?? ''));
    };
    stream.on('response', note).on('trailers', note).on('error', reject);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (status === '0') resolve(Buffer.concat(chunks).subarray(5));
      else reject(new Error(text || `gRPC status ${status}`));
    });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([head, message]));
  });

/** A protobuf field of a text or a message. */
const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
};

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
};

/** The first field of a message whose fields are texts. */
const firstText = (message: Buffer): string => message.subarray(2, 2 + (message[1] ?? 0)).toString();
