import { killed200Times } from './killed-200-times.ts';

killed200Times();
