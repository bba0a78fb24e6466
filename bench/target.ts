import { Account } from './account.ts';
import type { BuildPlatform } from './build-platform.ts';
import { Credentials, type Login } from './credentials.ts';
import type { ServerProcess } from './process.ts';
import { RegistryClient } from './registry-client.ts';

export interface TargetOptions {
  readonly name: string;
  /** What a reader of the figures has to know about it. */
  readonly detail?: string;
  readonly url: URL;
  /** Another replica of the same registry. */
  readonly replica?: URL | undefined;
  readonly namespace: string;
  readonly login: Login | undefined;
  readonly process: ServerProcess | undefined;
  /** The data folder of a Tidegate the bench started, and a platform whose tokens it takes. */
  readonly data?: string;
  readonly platform?: BuildPlatform;
}

/** A registry under measurement: where it is, how to sign in, and which processes to watch. */
export class Target {
  readonly name: string;
  /** The name and what a reader of the figures has to know besides. */
  readonly title: string;
  readonly url: URL;
  readonly replica: URL | undefined;
  readonly login: Login | undefined;
  readonly credentials: Credentials;
  readonly process: ServerProcess | undefined;
  readonly data: string | undefined;
  readonly platform: BuildPlatform | undefined;
  readonly #namespace: string;

  static async open(options: TargetOptions): Promise<Target> {
    return new Target(options, await Credentials.discover(options.url, options.login));
  }

  constructor(options: TargetOptions, credentials: Credentials) {
    this.name = options.name;
    this.title = options.detail === undefined ? options.name : `${options.name}: ${options.detail}`;
    this.url = options.url;
    this.replica = options.replica;
    this.process = options.process;
    this.data = options.data;
    this.platform = options.platform;
    this.credentials = credentials;
    this.#namespace = options.namespace;
    this.login = options.login;
  }

  /** Everything the bench writes lies in repositories of this form. */
  repository(name: string): string {
    return `${this.#namespace}/bench-${name}`;
  }

  connect(connections: number, credentials = this.credentials): RegistryClient {
    return new RegistryClient(this.url, credentials, connections);
  }

  /** The account of the login, undefined for a registry without IAM. */
  async account(): Promise<Account | undefined> {
    return this.login === undefined ? undefined : Account.signIn(this.url, this.login);
  }
}
