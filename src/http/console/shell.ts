import { createHash } from 'node:crypto';
import type { ConsoleFiles } from './files.ts';

/** The document that every page of the console begins with. It holds no data. */
export interface Shell {
  readonly document: string;
  /** For the Content-Security-Policy: the two inline scripts that there are. */
  readonly scriptHashes: readonly string[];
}

/** Runs before the first paint: a page that turns dark later would flash. */
const THEME = `const stored = localStorage.getItem('tidegate-theme');
if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored;`;

export const shellOf = (files: ConsoleFiles): Shell => {
  const base = `/console/files/${files.hash}`;
  const imports = JSON.stringify({ imports: files.importMap(base) });
  const [start, ...loaded] = files.loadedBy(files.start);
  const preloads = loaded.map((path) => `<link rel="modulepreload" href="${base}/${path}">`);
  const document = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tidegate</title>
<link rel="icon" href="${base}/console/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${base}/console/style.css">
<script>${THEME}</script>
<script type="importmap">${imports}</script>
${preloads.join('\n')}
<script type="module" src="${base}/${start}"></script>
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript. Everything it does, the command line does too.</noscript>
</body>
</html>
`;
  return { document, scriptHashes: [THEME, imports].map(hashOf) };
};

const hashOf = (script: string): string => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
