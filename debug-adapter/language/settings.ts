/** What a session starts with. */
import type { Settings } from '../commands/command.ts';

/** mdb's own values, where mdb has the setting. */
export const defaultSettings: Settings = {
  arrayElementLimit: 32,
  stringLimit: 1024,
  symbolDistance: 0n,
  columns: 80,
  walkLimit: 10_000_000,
  isWrapping: true,
  repeatsLastCommand: false,
  path: [],
  prompt: '> ',
};
