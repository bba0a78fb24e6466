import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, ClientRoom } from '../support/clients.ts';
import { type RunOptions, succeeded, type Turn } from '../support/transcript.ts';
import type { Stand } from './stand.ts';

/** buildah with images of its own, logged in. */
export class Buildah implements AsyncDisposable {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(
    stand: Stand,
    user = 'iamapikey',
    secret = stand.apikey,
    suite = 'sid',
  ): Promise<Buildah> {
    const buildah = new Buildah(stand.client('buildah', suite));
    const login = ['login', '--tls-verify=false', '-u', user, '--password-stdin', stand.host];
    succeeded(await buildah.run(login, { stdin: secret }));
    return buildah;
  }

  get room(): ClientRoom {
    return this.#client.room;
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Turn> {
    return this.#client.run(args, { timeout: 240_000, ...options });
  }

  async said(...args: string[]): Promise<string> {
    return succeeded(await this.run(args)).stdout.trim();
  }

  /** Copies a folder of another room into this one, where it has the same name. */
  copyFrom(other: ClientRoom, folder: string): void {
    const name = folder.slice(other.home.length);
    cpSync(join(other.outside, name), join(this.room.outside, name), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    });
  }

  /** Takes its overlay mounts down, so that the room can be removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(['rm', '--all']);
    await this.run(['rmi', '--all', '--force']);
  }
}
