export const consoleHeaders = (scripts: readonly string[] = []): [string, string][] => [
  [
    'Content-Security-Policy',
    `default-src 'none'; script-src 'self' ${scripts.join(' ')}; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  ],
  ['X-Content-Type-Options', 'nosniff'],
];
