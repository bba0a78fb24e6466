import { existsSync } from 'node:fs';
import { type BrowserContext, chromium as playwright } from 'playwright-core';
import { type Component, demand } from './component.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const chromium: Component = {
  name: 'Chromium',
  absence: () =>
    PROGRAMS.some(existsSync)
      ? undefined
      : 'no Chromium here; as root: scripts/components/install-packages chromium',
};

export interface Browser extends AsyncDisposable {
  /** Pages of one profile: cookies and storage are shared by them. */
  readonly context: BrowserContext;
}

/** A real Chromium without a window, with a profile of its own in a temporary folder. playwright ends it with this process. */
export const startChromium = async ({
  locale = 'en-US',
}: {
  readonly locale?: string;
} = {}): Promise<Browser> => {
  demand(chromium);
  const folder = temporaryFolder();
  const context = await playwright.launchPersistentContext(folder.path, {
    executablePath: PROGRAMS.find(existsSync) ?? '',
    headless: true,
    locale,
    // a root user has no sandbox; nothing but the test's own pages is shown
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
    ignoreHTTPSErrors: true,
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      folder[Symbol.dispose]();
    },
  };
};
