import type { Origin } from '../origin.ts';
import type { Request } from '../request.ts';

/** Nothing but what this server sends runs, loads or frames; texts cannot become markup. `inlineScripts`: their hashes. */
export const contentSecurityPolicy = (inlineScripts: readonly string[] = []): string =>
  [
    "default-src 'none'",
    ["script-src 'self'", ...inlineScripts].join(' '),
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

const HEADERS = {
  'Content-Security-Policy': contentSecurityPolicy(),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // not no-referrer: browsers would then send forms of the page itself with `Origin: null`
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const YEAR = 31_536_000;

/** Whether an address is the console's. */
export const isConsolePath = (url: string): boolean => /^\/console(?:[/?]|$)/.test(url);

/** What every answer below /console/ has, refusals too. */
export const consoleHeaders = (request: Request, origin: Origin): Readonly<Record<string, string>> =>
  origin.base(request).startsWith('https:')
    ? { ...HEADERS, 'Strict-Transport-Security': `max-age=${YEAR}` }
    : HEADERS;
