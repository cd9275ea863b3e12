/** `::version`: which Corewalk this is. */
import { textRow, type Dcmd } from './command.ts';

/** The same as in package.json; a test compares them. */
export const corewalkVersion = '0.1.0';

export const version: Dcmd = {
  name: 'version',
  address: 'none',
  summary: 'print debugger version string',
  origin: 'mdb',
  *run() {
    yield textRow(`corewalk ${corewalkVersion}`, { data: { version: corewalkVersion } });
  },
};
