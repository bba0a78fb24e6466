/**
 * `tidegate serve` with a clock that is ahead by as many milliseconds as the file LAB_CLOCK says: for tests that have
 * to wait a day or a year. It is read on every look at the clock, so that whoever wrote it need not wait either.
 */
import { readFileSync } from 'node:fs';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadRegions } from '../../src/config/regions.ts';

const file = process.env.LAB_CLOCK ?? '';
const clock = { now: () => Date.now() + Number(readFileSync(file, 'utf8')) };

const { config } = loadConfig({}, process.env);
const app = await startApp(config, loadRegions(config.regionsFile), { clock });
process.once('SIGTERM', () => void app[Symbol.asyncDispose]());
