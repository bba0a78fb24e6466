import { ok } from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, CDPSession, Locator, Page, Request } from 'playwright-core';
import { type Browser as Chromium, startChromium } from '../support/chromium.ts';
import { type RegistryOptions, TestRegistry } from '../support/registry.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface VisitOptions {
  /** Who signs in; default: the owner. */
  readonly apikey?: string;
  readonly language?: 'en' | 'ko';
  readonly width?: number;
  /** The origin where the registry is reached; default: its own. */
  readonly at?: string;
}

/** A registry, and a browser in which people look at its console. */
export class BrowserLab implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly #chromium: Chromium;
  readonly #visits = new Set<Visit>();

  private constructor(registry: TestRegistry, chromium: Chromium) {
    this.registry = registry;
    this.#chromium = chromium;
  }

  static async start(options: RegistryOptions = {}): Promise<BrowserLab> {
    const chromium = await startChromium();
    try {
      return new BrowserLab(await TestRegistry.start(options), chromium);
    } catch (error) {
      await chromium[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A person who is signed in, on the overview. Nobody shares cookies or storage with another visit. */
  async visit(options: VisitOptions = {}): Promise<Visit> {
    const visit = await this.open(options);
    await visit.signIn(options.apikey ?? this.registry.apikey);
    return visit;
  }

  /** A person who is not signed in, before the first page. */
  async open({ language = 'en', width = 1280, at }: VisitOptions = {}): Promise<Visit> {
    const browser = this.#chromium.context.browser() as Browser;
    const context = await browser.newContext({
      locale: language === 'ko' ? 'ko-KR' : 'en-GB',
      viewport: { width, height: 900 },
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(15_000);
    // the pages reckon distances from the browser's clock; the registry's stands still
    await context.clock.setFixedTime(this.registry.clock.now());
    const visit = await Visit.begin(context, () => at ?? this.registry.url);
    this.#visits.add(visit);
    return visit;
  }

  /** Ends the visits too, and throws what they saw. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack();
    stack.use(this.registry);
    stack.use(this.#chromium);
    for (const visit of this.#visits) stack.use(visit);
  }
}

/** What one person sees and does. Errors, violations and requests to other places are kept, and `end` throws them. */
export class Visit implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #origin: () => string;
  readonly #faults: string[] = [];
  readonly #expected: RegExp[] = [];
  /** Requests without an answer yet. */
  readonly #underWay = new Set<Request>();
  #devtools: CDPSession | undefined;
  #hasEnded = false;

  private constructor(page: Page, context: BrowserContext, origin: () => string) {
    this.page = page;
    this.#context = context;
    this.#origin = origin;
  }

  /** `at`: where the registry is reached now. */
  static async begin(context: BrowserContext, at: () => string): Promise<Visit> {
    const page = await context.newPage();
    const visit = new Visit(page, context, at);
    // violations of the content security policy are among the console's errors
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        visit.#keep(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => visit.#keep(`${error.stack ?? error.message}`));
    page.on('requestfinished', (request) => visit.#underWay.delete(request));
    page.on('requestfailed', (request) => visit.#underWay.delete(request));
    page.on('request', (request) => {
      visit.#underWay.add(request);
      const { origin, protocol } = new URL(request.url());
      if (origin !== new URL(at()).origin && protocol !== 'blob:')
        visit.#keep(`a request to ${request.url()}`);
    });
    return visit;
  }

  #keep(fault: string): void {
    if (!this.#expected.some((pattern) => pattern.test(fault))) this.#faults.push(fault);
  }

  /** A browser tells of every refused request: those that a test provokes are no fault. */
  expectRefusal(status: number): void {
    this.#expected.push(new RegExp(`status of ${status}\\b`));
  }

  /** The same of what the browser tells of a network that is gone. */
  expectNoNetwork(): void {
    this.#expected.push(/net::ERR_/);
  }

  async signIn(apikey: string): Promise<void> {
    await this.page.goto(`${this.#origin()}/console/`);
    await this.page.getByLabel('API key').or(this.page.getByLabel('API 키')).first().fill(apikey);
    await this.button(/^(Sign in|로그인)$/).click();
    await this.rail.waitFor();
  }

  /** Goes to a page as one who typed its address, and waits for its heading. */
  async goTo(path: string): Promise<void> {
    await this.page.goto(`${this.#origin()}/console${path}`);
    await this.heading().waitFor();
  }

  // Pages repeat words, and while they are drawn anew a thing may stand on them twice. What these name is one element at
  // every moment: of several the first, and in what lies over the page the last.

  heading(): Locator {
    return this.page.getByRole('heading', { level: 1 }).last();
  }

  /** The heading of the page that has this whole name. */
  titled(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true }).last();
  }

  /** A text that is seen, on the page or on a part of it. */
  says(text: string | RegExp, on: Page | Locator = this.page): Locator {
    return on.getByText(text).filter({ visible: true }).first();
  }

  button(name: string | RegExp): Locator {
    const named = typeof name === 'string' ? { name, exact: true } : { name };
    return this.page.getByRole('button', named).first();
  }

  link(name: string): Locator {
    return this.page.getByRole('link', { name, exact: true }).first();
  }

  /** The entries of the rail. */
  get rail(): Locator {
    return this.page.getByRole('navigation', { name: /^(Pages|페이지)$/ });
  }

  /** An entry of the rail. */
  entry(name: string): Locator {
    return this.rail.getByRole('link', { name, exact: true }).first();
  }

  /** A part of the page, chosen by its link. */
  tab(name: string): Locator {
    return this.page.locator('.tab-names').getByRole('link', { name, exact: true }).first();
  }

  field(label: string): Locator {
    return this.page.getByLabel(label, { exact: true }).last();
  }

  /** The rows of tables that have this text. */
  rows(text: string): Locator {
    return this.page.getByRole('row').filter({ hasText: text });
  }

  /** The row of a table that has this text. */
  row(text: string): Locator {
    return this.rows(text).first();
  }

  /** The dialog that is open; of several the one on top. */
  get dialog(): Locator {
    return this.page.locator('dialog[open]').last();
  }

  /** A button of the dialog that is open. */
  inDialog(name: string): Locator {
    return this.dialog.getByRole('button', { name, exact: true }).last();
  }

  /** What a dialog asks to type before it destroys. */
  typed(): Locator {
    return this.dialog.getByRole('textbox').last();
  }

  /** The lines of a dialog that name what goes. */
  async goes(): Promise<string[]> {
    const lines = this.dialog.getByRole('listitem');
    await lines.first().waitFor();
    return lines.allInnerTexts();
  }

  /** The button does nothing and tells why, to the keyboard too. */
  async refusedBy(name: string, reason: string): Promise<void> {
    await this.button(name).press('Enter');
    await this.page.locator('.reason').filter({ hasText: reason }).first().waitFor();
    ok((await this.dialog.count()) === 0, `${name} opens a dialog`);
  }

  /** What axe finds on the page as it stands, in the light theme and in the dark one: none is wanted. */
  async refuseBarriers(): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      const found = await this.barriers(colorScheme);
      ok(found.length === 0, found.join('\n'));
    }
  }

  /** What axe finds in one theme on the page, or on a part of it: what stands around is the same on all pages. */
  async barriers(colorScheme: 'dark' | 'light', part?: 'main'): Promise<string[]> {
    await this.page.emulateMedia({ colorScheme });
    // a theme changes colours and nothing else
    const rules = colorScheme === 'dark' ? ['color-contrast'] : [];
    return (await this.#axe(rules, part)).map((found) => `${this.page.url()} (${colorScheme}): ${found}`);
  }

  /** Waits until the page has asked for everything that it shows: for a moment nothing is under way, and it has nothing to do. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await this.page.waitForTimeout(20);
      await this.page.evaluate('new Promise((done) => { requestIdleCallback(() => done()); })');
      quiet = this.#underWay.size === 0 ? quiet + 1 : 0;
    }
    await this.page.locator('.skeleton, [aria-busy=true]').first().waitFor({ state: 'detached' });
  }

  /** Goes to a page as one who follows a link: the console is not loaded again. */
  async walkTo(path: string): Promise<void> {
    const to = JSON.stringify(`/console${path}`);
    await this.page.evaluate(
      `history.pushState(null, '', ${to}); dispatchEvent(new PopStateEvent('popstate'))`,
    );
    await this.settled();
  }

  /** The page's policy forbids scripts that it does not know; the inspector's are not the page's. */
  async #axe(rules: readonly string[], part?: 'main'): Promise<string[]> {
    this.#devtools ??= await this.#context.newCDPSession(this.page);
    const options = { resultTypes: ['violations'], ...(rules.length > 0 ? { runOnly: rules } : {}) };
    const tell = `axe.run(${part ? `'${part}'` : 'document'}, ${JSON.stringify(options)}).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`;
    const expression = `if (!window.axe) { ${AXE} }; ${tell}`;
    const { result, exceptionDetails } = await this.#devtools.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description}`);
    return result.value as string[];
  }

  /**
   * Pictures of the page, wide and narrow, light and dark, in both languages, in the folder that TIDEGATE_SCREENSHOTS names;
   * without it nothing is done.
   */
  async picture(name: string): Promise<void> {
    const folder = process.env.TIDEGATE_SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    const before = this.page.viewportSize() ?? { width: 1280, height: 900 };
    for (const language of ['ko', 'en']) {
      await this.#chooseLanguage(language);
      for (const width of [390, 1280]) {
        await this.page.setViewportSize({ width, height: 900 });
        for (const colorScheme of ['dark', 'light'] as const) {
          await this.page.emulateMedia({ colorScheme });
          await this.page.screenshot({
            path: join(folder, `${name}-${language}-${width}-${colorScheme}.png`),
          });
        }
      }
    }
    await this.page.setViewportSize(before);
  }

  /** By the inspector: an open dialog covers the choice. */
  async #chooseLanguage(language: string): Promise<void> {
    const choice = this.page
      .locator('select')
      .filter({ has: this.page.locator('option[value=ko]') })
      .first();
    await choice.evaluate((select, value) => {
      (select as unknown as { value: string }).value = value;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }, language);
  }

  /** Throws where the console said an error, the page's policy was violated, or something was asked of another place. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#context.close();
    ok(this.#faults.length === 0, `on the console:\n${this.#faults.join('\n')}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
