import { Session } from 'node:inspector/promises';

/** What compiles a route's schemas for its first request: that is bounded by the schemas, and no body has a part in it. */
const COMPILES = /\/node_modules\/(?:ajv\/dist\/(?!runtime)|fast-json-stringify|json-schema-ref-resolver)/;

/** Counts what this process runs of the program and its packages: how often each function is entered. */
export class Steps implements AsyncDisposable {
  readonly #session = new Session();

  static async open(): Promise<Steps> {
    const steps = new Steps();
    steps.#session.connect();
    await steps.#session.post('Profiler.enable');
    await steps.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    return steps;
  }

  async of(run: () => Promise<unknown>): Promise<number> {
    await this.#take();
    await run();
    return this.#take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  async #take(): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => !COMPILES.test(url))
      .filter(({ url }) => url === '' || /\/(?:src|node_modules)\//.test(url))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
      .reduce((sum, { count }) => sum + count, 0);
  }
}
